"""A client of the prediction API: batches, retries, and typed answers.

It needs httpx and nothing else of keepfit: `pip install httpx`, and keepfit with `--no-deps`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import httpx

_RETRIED: Final = (429, 502, 503, 504)
# Of a request whose answers are explained, and of one that reports outcomes.
_EXPLAINED, _REPORTED = 100, 500
_FIRST_PAUSE_S: Final = 0.5
_MAX_PAUSE_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The answer to one instance.

    ``output`` is the probability of true, the probability of each of the model's classes by name, or the interval (low,
    high); None where the model gives a value alone. ``contributions`` say, where they were asked for, what each column
    adds to ``score``, beginning at ``base``: a number, or one for each class in the order of ``output``.
    """

    prediction: Any
    output: Any
    prediction_id: str
    model_version: int
    base: Any = None
    contributions: Mapping[str, Any] | None = None
    score: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestError:
    """What is wrong with one field of one instance; ``row`` counts over all that were given, from 0."""

    row: int
    field: str
    message: str


class RequestRefused(Exception):
    """A refusal: ``status`` of HTTP, ``code``, and the ``errors`` by row and field."""

    def __init__(self, status: int, code: str | None, detail: str, errors: Sequence[RequestError]) -> None:
        told = "".join(f"\n  row {each.row}, {each.field}: {each.message}" for each in errors)
        super().__init__(f"HTTP {status}: {detail}{told}")
        self.status, self.code, self.errors = status, code, list(errors)


@dataclass(slots=True, kw_only=True)
class Client:
    """Asks models of one API; use it in a ``with``, or call ``close``.

    A request is sent again where the API says that it was not answered (429, 502 to 504, no connection), as often as
    ``retries``, after the time that the API names or a growing one. It is never sent again where it may have been.

    Args:
        url: of the API, `https://...`.
        token: a bearer token, or what gives one for each request.
        batch: instances in a request.
        retries: of one request.
        timeout: seconds for one request.
        verify: the file of the authority to trust, where it is none of the usual.
        transport: of httpx, for tests.
        sleep: waits for seconds.
    """

    url: str
    token: str | Callable[[], str]
    batch: int = 1000
    retries: int = 4
    timeout: float = 30.0
    verify: str | bool = True
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], object] = time.sleep
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._http = httpx.Client(
            base_url=self.url.rstrip("/"), timeout=self.timeout, verify=self.verify, transport=self.transport
        )

    def predict(
        self, model: str, instances: Sequence[Mapping[str, Any]], *, explain: bool = False
    ) -> list[Prediction]:
        """The answers to instances, in their order, by as many requests as it takes.

        Raises:
            RequestRefused: an instance is not what the model takes, or the API does not let the client in.
            httpx.HTTPError: no answer came.
        """
        found: list[Prediction] = []
        batch, asked = (min(self.batch, _EXPLAINED), {"explain": True}) if explain else (self.batch, {})
        for start in range(0, len(instances), batch):
            body = {"instances": [dict(each) for each in instances[start : start + batch]], **asked}
            found += _predictions(self._asked(f"/models/{model}/predict", body, start))
        return found

    def outcomes(
        self, model: str, outcomes: Sequence[Mapping[str, Any]], *, event_id: str | None = None
    ) -> list[RequestError]:
        """Reports what came true of predictions; answers with what was refused, up to 20 of a request.

        Args:
            model: that predicted.
            outcomes: each a ``prediction_id``, its ``outcome``, and ``known_at`` in ISO 8601 unless that is now.
            event_id: names the event, so that it counts once however often it is sent; by default the content does.
                Where there are more outcomes than one request may hold, the parts are numbered behind it.

        Raises:
            RequestRefused: none of a request's outcomes is good, or the API does not let the client report any.
            httpx.HTTPError: no answer came.
        """
        refused: list[RequestError] = []
        for start in range(0, len(outcomes), _REPORTED):
            body: dict[str, Any] = {"outcomes": [dict(each) for each in outcomes[start : start + _REPORTED]]}
            if event_id is not None:
                body["event_id"] = event_id if len(outcomes) <= _REPORTED else f"{event_id}.{start}"
            answer = self._asked(f"/models/{model}/outcomes", body, start)
            refused += _errors(answer["refused"], start)
        return refused

    def openapi(self) -> dict[str, Any]:
        """The description of the API."""
        return dict(self._asked("/openapi.json", None, 0))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, path: str, body: Mapping[str, Any] | None, start: int) -> dict[str, Any]:
        for pause in self._pauses():
            try:
                response = self._http.request(
                    "GET" if body is None else "POST", path, json=body, headers=self._headers()
                )
            except httpx.ConnectError:
                if pause is None:
                    raise
                self.sleep(pause)
                continue
            if response.is_success:
                return dict(response.json())
            if pause is None or response.status_code not in _RETRIED:
                raise _refused(response, start)
            self.sleep(_told(response, pause))
        raise AssertionError("the last attempt returns or raises")

    def _headers(self) -> dict[str, str]:
        token = self.token if isinstance(self.token, str) else self.token()
        return {"authorization": f"Bearer {token}"}

    def _pauses(self) -> Iterator[float | None]:
        """How long to wait after each attempt; None after the last."""
        for attempt in range(self.retries):
            yield min(_FIRST_PAUSE_S * 2**attempt, _MAX_PAUSE_S)
        yield None


def _told(response: httpx.Response, pause: float) -> float:
    """The seconds of Retry-After, else ``pause``."""
    named = response.headers.get("retry-after", "")
    return min(float(named), _MAX_PAUSE_S) if named.isdecimal() else pause


def _refused(response: httpx.Response, start: int) -> RequestRefused:
    try:
        told = response.json()
    except ValueError:
        told = {"message": response.text[:500]}
    if not isinstance(told, dict):
        told = {"message": str(told)}
    # API Gateway's own refusals have a "message" and nothing else.
    detail = str(told.get("detail") or told.get("message") or "no reason was given")
    return RequestRefused(
        response.status_code, told.get("code"), detail, _errors(told.get("errors", []), start)
    )


def _errors(told: Sequence[Mapping[str, Any]], start: int) -> list[RequestError]:
    """Problems of rows, which are counted over all that were given."""
    return [
        RequestError(row=each["row"] + start, field=each["field"], message=each["message"]) for each in told
    ]


def _predictions(answer: Mapping[str, Any]) -> list[Prediction]:
    outputs = answer.get("probabilities", answer.get("intervals"))
    if "classes" in answer:
        outputs = [dict(zip(answer["classes"], row, strict=True)) for row in answer["probabilities"]]
    return [
        Prediction(
            prediction=prediction,
            output=None if outputs is None else outputs[row],
            prediction_id=answer["prediction_ids"][row],
            model_version=answer["model_version"],
            **_explained(answer.get("explanation"), row),
        )
        for row, prediction in enumerate(answer["predictions"])
    ]


def _explained(explanation: Mapping[str, Any] | None, row: int) -> dict[str, Any]:
    if explanation is None:
        return {}
    contributions = {name: values[row] for name, values in explanation["contributions"].items()}
    return {"base": explanation["base"], "contributions": contributions, "score": explanation["scores"][row]}
