"""Composition root of `keepfit serve`: a release package behind uvicorn, without any cloud."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn

from keepfit import variables
from keepfit.errors import NotFound
from keepfit.features.schema.signature import Signature
from keepfit.runtime.packaged import packaged_model
from keepfit.runtime.predict import predictor_of, write
from keepfit.serving.asgi.application import Answer, ModelServer
from keepfit.serving.asgi.model_protocol import ModelProtocol
from keepfit.serving.repository.in_folder import PackagedModel

# More than the 60 s after which a load balancer of AWS ends an idle connection: a server that ended it first could
# meet the next request on its way.
_KEEP_ALIVE_S: Final = 75
_GRACE_S: Final = 30
_MAX_CONNECTIONS: Final = 1000
_BACKLOG: Final = 2048
# Requests that wait for the online store at a time. Each thread has a predictor, which is for one alone.
_LOOKUP_THREADS: Final = 4


def serve(folder: Path, *, listener: socket.socket, log: Path | None, released: bool = False) -> int:
    """Serves the package in ``folder`` until a signal ends it; what has begun is answered first.

    Args:
        folder: of the package; see ``packaged_model``.
        listener: a bound socket, which is closed at the end.
        log: takes the lines of predictions; by default they go to stdout.
        released: whether it is a release behind the API: clients need tokens, and the route of tests, which the load
            balancer keeps from them, is answered too.

    Returns:
        How many requests were answered.

    Raises:
        NotFound: the model looks features up, and the environment names no online store.
    """
    with _descriptor(log) as descriptor:
        server = server_of(folder, partial(write, descriptor), released=released)
        gc.collect()
        gc.freeze()  # what was loaded stays, and need not be looked at again
        with _ending_quietly():
            server.run(sockets=[listener])
    return server.server_state.total_requests


def server_of(folder: Path, log: Callable[[bytes], object], *, released: bool = False) -> uvicorn.Server:
    """A server of the package in ``folder``, whose lines ``log`` takes; see ``serve``."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return uvicorn.Server(
        uvicorn.Config(
            _application(folder, packaged_model(folder), log, released=released),
            http=ModelProtocol,
            loop="uvloop",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MAX_CONNECTIONS,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to ``host``; port 0 takes a free one. Raises OSError where it cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def _application(
    folder: Path, model: PackagedModel, log: Callable[[bytes], object], *, released: bool
) -> ModelServer:
    if not model.of_package.lookups:
        answer: Answer = predictor_of(folder, log).answer
        if released:
            from keepfit.runtime.container_guard import guarded  # noqa: PLC0415  who serves a folder has no clients

            answer = guarded(answer, model=model.name, write=log)
        return ModelServer(model=model, answer=answer, tested=released)
    _require_store(model.name, model.of_package)
    threads = ThreadPoolExecutor(_LOOKUP_THREADS, thread_name_prefix="lookup")
    return ModelServer(model=model, answer=_by_thread(folder, log), threads=threads, tested=released)


def _by_thread(folder: Path, log: Callable[[bytes], object]) -> Answer:
    """The answer of a predictor that the thread has for itself."""
    own = threading.local()

    def answer(event: Mapping[str, Any]) -> dict[str, Any]:
        if not hasattr(own, "answer"):
            own.answer = predictor_of(folder, log).answer
        answered: dict[str, Any] = own.answer(event)
        return answered

    return answer


def _require_store(model: str, signature: Signature) -> None:
    if not os.environ.get(variables.ONLINE_TABLE):
        views = ", ".join(lookup.view for lookup in signature.lookups or ())
        raise NotFound(
            f"{model} looks features up ({views}), and {variables.ONLINE_TABLE} names no online store: serve it by its "
            f"name from where it is deployed (`keepfit serve {model} --place aws`), or set that variable, AWS_REGION "
            "and credentials"
        )


@contextmanager
def _descriptor(log: Path | None) -> Iterator[int]:
    if log is None:
        yield 1
        return
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _ending_quietly() -> Iterator[None]:
    """Lets the process go on after uvicorn, which raises the signal that ended it once more."""
    ended = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: None) for number in ended}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
