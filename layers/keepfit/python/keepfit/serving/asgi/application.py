"""The ASGI application of one model: the routes of the API for it, answered by its predictor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, Final

from keepfit.api_routes import VERSION_PATH
from keepfit.layout import ModelScope
from keepfit.serving.asgi.body import MAX_BYTES, BodyTooLarge, ClientLeft, Receive, read_body
from keepfit.serving.asgi.events import Headers, body_of_response, event_of
from keepfit.serving.asgi.routes import OtherRoutes, refusal_of
from keepfit.serving.repository.in_folder import PackagedModel
from keepfit.serving.responses.http_response import JSON, response

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]

# What API Gateway answers for a function that failed.
_FAILED: Final = response(500, JSON, '{"message":"Internal Server Error"}')
_logger = logging.getLogger(__name__)


class ModelServer:
    """Answers HTTP requests for ``model`` byte for byte as its Lambda function behind the API does.

    Args:
        model: its version, and what it takes.
        answer: of the predictor, to events of API Gateway.
        threads: that run ``answer`` where it waits for a store; by default it runs between two requests.
        tested: whether it answers on the route of the release that is tested, too.
    """

    __slots__ = ("_answer", "_inferences", "_others", "_threads", "at_once")

    def __init__(
        self, *, model: PackagedModel, answer: Answer, threads: Executor | None = None, tested: bool = False
    ) -> None:
        self._answer, self._threads = answer, threads
        scope = ModelScope(model.name)
        by_version = VERSION_PATH.format(model=model.name, version=model.version)
        self._inferences: Mapping[str, str] = {
            scope.path: f"POST {scope.path}",
            scope.infer_path: f"POST {scope.infer_path}",
            by_version: f"POST {scope.infer_path}",
            **({scope.next_path: f"POST {scope.next_path}"} if tested else {}),
        }
        self._others = OtherRoutes(model, self._inferences)
        waits = threads is not None
        self.at_once = {} if waits else {path.encode(): route for path, route in self._inferences.items()}
        """The routes of inferences that wait for nothing, by their paths; see ``answered``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request of HTTP; nothing, where the client left before it was whole."""
        route = self._inferences.get(scope["path"]) if scope["method"] == "POST" else None
        if route is None:
            answered = self._others.respond(scope["method"], scope["path"], scope["headers"])
        else:
            try:
                body = await read_body(receive)
            except ClientLeft:
                return
            except BodyTooLarge:
                answered = self.too_large(scope["path"])
            else:
                respond = partial(self.answered, route, scope["headers"], body, scope["query_string"])
                loop = asyncio.get_running_loop()
                answered = await loop.run_in_executor(self._threads, respond) if self._threads else respond()
        await _send(send, answered)

    def answered(self, route: str, headers: Headers, body: bytes, query: bytes = b"") -> dict[str, Any]:
        """The response to an inference; 500 where the model fails inside, as API Gateway makes it."""
        try:
            return self._answer(event_of(route, headers, body, query))
        except Exception:
            _logger.exception("the model failed inside")
            return _FAILED

    def too_large(self, path: str) -> dict[str, Any]:
        """The response to a body of more than ``MAX_BYTES``."""
        detail = f"the body has more than {MAX_BYTES} bytes: send fewer instances"
        return refusal_of(path, 413, "body_too_large", detail)


async def _send(send: Send, answered: Mapping[str, Any]) -> None:
    body = body_of_response(answered)
    headers = [(name.encode(), value.encode()) for name, value in answered["headers"].items()]
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": answered["statusCode"], "headers": headers})
    await send({"type": "http.response.body", "body": body})
