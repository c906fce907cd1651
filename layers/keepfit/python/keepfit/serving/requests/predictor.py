"""The request path: API Gateway events to responses and prediction log lines."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from keepfit.api_routes import LAMBDA_VERSION, TENANT
from keepfit.errors import InvalidRequest
from keepfit.features.schema.signature import Signature
from keepfit.layout import ModelScope
from keepfit.serving.inference.instances import DecodedRequest, InstanceDecoder
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.protocols.base import RequestProtocol
from keepfit.serving.protocols.registry import Protocols
from keepfit.serving.requests.content_encoding import unpacked
from keepfit.serving.requests.logged import LoggedPrediction, LoggedRequest, answer_length, requests_of
from keepfit.serving.requests.prediction_ids import PredictionIds
from keepfit.serving.responses.problem import problem
from keepfit.tasks.answers import Answer
from keepfit.tasks.base import Outputs

if TYPE_CHECKING:  # imported by requests to explain alone
    from keepfit.explanations.explainer import Explainer

# A name, so that no other request pays for it.
_EXPLAINING: Final = "keepfit.serving.requests.explaining"

MAX_BODY_LENGTH = 4_500_000
"""Characters: with its escapes, a larger body would not fit the 6 MB of a Lambda event."""

STATUS = {
    "body_too_large": 413,
    "too_many_instances": 413,
    "too_many_entities": 413,
    "unsupported_encoding": 415,
}
"""Of a code that is not 400."""
_UNSUPPORTED = 415
_NO_HEADERS: Mapping[str, str] = {}


class Predictor:
    """Answers API Gateway events (HTTP API, payload 2.0) with one model version.

    Args:
        scorer: the model.
        model: its name.
        version: its number.
        log: takes the lines of one request, each ended by a newline, in one call; UTF-8.
        lambda_version: that it runs in, for who asks on the route of the next release.
        decoder: of what clients send, where that is not the whole instance.
        explainer: reads what explains answers; None where the version has none.
    """

    __slots__ = (
        "_build",
        "_encode_lines",
        "_event_time_name",
        "_event_time_of",
        "_explainer",
        "_lambda_version",
        "_log",
        "_loggable",
        "_model",
        "_next_route",
        "_protocol_of",
        "_scorer",
        "_take_ids",
        "_task",
        "_version",
    )

    def __init__(
        self,
        *,
        scorer: Scorer,
        model: str,
        version: int,
        log: Callable[[bytes], object],
        lambda_version: str = "",
        decoder: InstanceDecoder | None = None,
        explainer: Callable[[], Explainer | None] = lambda: None,
    ) -> None:
        self._scorer = scorer
        self._task = scorer.task.spec.kind
        self._build = scorer.task.answerer(model, version)
        self._model = model
        self._version = version
        self._log = log
        self._lambda_version = lambda_version
        self._next_route = f"POST {ModelScope(model).next_path}"
        self._protocol_of = Protocols(decoder or scorer.decoder).of
        self._loggable = (decoder or scorer.decoder).loggable
        self._encode_lines = msgspec.json.Encoder().encode_lines
        self._take_ids = PredictionIds().take
        self._event_time_of = reader_of_event_time(scorer.signature)
        self._event_time_name = scorer.signature.event_time
        self._explainer = explainer

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The response for API Gateway: 200, or 4xx where the request is invalid.

        Raises:
            InvalidOutput: the model is to blame; API Gateway makes it a 500, and Lambda counts it as an error of this
                version.
        """
        protocol = self._protocol_of(event)
        try:
            request = protocol.decode(body_of(event))
            scored = self._scorer.score(request)
            return self._answered(event, protocol, request, scored)
        except InvalidRequest as error:
            return self._told(event, protocol.refuse(refusal(error)))

    def _answered(
        self,
        event: Mapping[str, Any],
        protocol: RequestProtocol,
        request: DecodedRequest,
        scored: Outputs,
        features: Iterable[Any] = repeat(UNSET),
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> dict[str, Any]:
        """Logs and answers what was ``scored``; ``features`` says of each instance what was looked up."""
        ids = self._take_ids(len(request.instances))
        predictions, outputs, answer = self._build(scored, ids)
        is_golden = event.get("golden") is True or event.get("routeKey") == self._next_route
        if request.explain or "queryStringParameters" in event:
            answer = self._explained(event, request, answer)
        kind, tenant = "golden" if is_golden else "prediction", event.get(TENANT, UNSET)
        lines = self._lines(kind, request, ids, outputs, predictions, features, tenant)
        response = protocol.respond(answer, headers)
        self._log(self._encode_lines(lines))
        return self._told(event, response) if is_golden else response

    def _lines(
        self,
        kind: str,
        request: DecodedRequest,
        ids: list[str],
        outputs: list[Any],
        predictions: list[Any],
        features: Iterable[Any],
        tenant: str | UnsetType,
    ) -> list[Any]:
        """What is logged of a request: its rows as they were sent where that says it all, else row by row."""
        at, task, model, version = datetime.now(UTC), self._task, self._model, self._version
        event_time, body, sent = self._event_time_name, request.body, None
        if body is not None:
            sent = requests_of(body, len(ids), answer_length(outputs[0]))
        if sent is None:
            event_time_of = self._event_time_of
            instances = self._loggable(request.instances)
            return [
                LoggedPrediction(
                    kind,
                    task,
                    model,
                    version,
                    i,
                    at,
                    event_time_of(instance) or at,
                    instance,
                    o,
                    p,
                    f,
                    n,
                    tenant,
                )
                for instance, i, o, p, f, n in zip(  # noqa: B905  it costs
                    instances, ids, outputs, predictions, features, request.nodes or repeat(UNSET)
                )
            ]
        if len(sent) == 1:
            whole = Raw(sent[0][1])
            return [
                LoggedRequest(
                    kind,
                    task,
                    model,
                    version,
                    at,
                    event_time,
                    ids,
                    outputs,
                    predictions,
                    whole,
                    request.nodes,
                    tenant,
                )
            ]
        lines, start = [], 0
        for rows, some in sent:
            part = slice(start, start + rows)
            start += rows
            nodes = request.nodes and request.nodes[part]
            of_part = ids[part], outputs[part], predictions[part], Raw(some), nodes, tenant
            lines.append(LoggedRequest(kind, task, model, version, at, event_time, *of_part))
        return lines

    def _explained(self, event: Mapping[str, Any], request: DecodedRequest, answer: Answer) -> Answer:
        """The answer, with its explanation where the request asks for one."""
        asked = event.get("queryStringParameters") or {}
        if not request.explain and asked.get("explain") != "true":
            return answer
        explaining = import_module(_EXPLAINING)
        explained: Answer = explaining.explain(self._scorer, self._explainer(), request, answer)
        return explained

    def _told(self, event: Mapping[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        """The response, with the Lambda version that made it for a system test."""
        if event.get("routeKey") != self._next_route:
            return response
        return {**response, "headers": {**response["headers"], LAMBDA_VERSION: self._lambda_version}}


def refusal(error: InvalidRequest) -> dict[str, Any]:
    """The response that explains to a client what to change."""
    status = STATUS.get(error.code, 400)
    headers = {"accept-encoding": "gzip"} if status == _UNSUPPORTED else _NO_HEADERS
    return problem(status, error.code, str(error), error.details, headers)


def body_of(event: Mapping[str, Any]) -> bytes | str:
    """Unpacks the body of an API Gateway event. Raises InvalidRequest for one that cannot be read."""
    body: str = event.get("body") or ""
    if len(body) > MAX_BODY_LENGTH:
        raise InvalidRequest(
            f"the body has {len(body)} characters, and up to {MAX_BODY_LENGTH} are accepted: send fewer instances",
            code="body_too_large",
        )
    if not event.get("isBase64Encoded"):
        # What begins as JSON is not packed, whatever a header says; the usual body pays for no more than this look.
        return body if body[:1] == "{" else _unpacked_text(event, body)
    try:
        sent = b64decode(body, validate=True)
    except ValueError as error:
        raise InvalidRequest(f"the body is not valid base64: {error}", code="invalid_json") from error
    return unpacked(event, sent, limit=MAX_BODY_LENGTH)


def _unpacked_text(event: Mapping[str, Any], body: str) -> bytes | str:
    """The bytes of a body that came as text; compressed bytes may come as characters too."""
    try:
        sent = body.encode("latin-1")
    except UnicodeError:
        sent = b""  # no packed bytes
    decoded = unpacked(event, sent, limit=MAX_BODY_LENGTH)
    return body if decoded is sent else decoded


def reader_of_event_time(signature: Signature) -> Callable[[Any], datetime | None]:
    """A function of a decoded instance to when it happens; None where it does not say."""
    for position, column in enumerate(signature.instance_columns):
        if column.name == signature.event_time:
            return attrgetter(f"f{position}")
    return lambda _instance: None
