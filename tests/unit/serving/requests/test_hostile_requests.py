"""Whatever a client sends is answered, in a known form and size, and the same whatever is sent with it."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime
from functools import cache
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.monitoring.prediction_log.parse import Prediction, read_log_object
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from keepfit.training.recipes.sklearn_onnx import to_onnx
from tests.drawn import examples
from tests.unit.monitoring.support.logs import member
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE

_DEPARTURE = ["column", "departure", "timestamp"]
_GUST = ["column", "wind gust", "float"]
_DERIVED: dict[str, list[Any]] = {
    "fold": ["extract", "hour", ["at time zone", "America/New_York", _DEPARTURE]],
    "half hour": ["extract", "minute", ["at time zone", "Australia/Lord_Howe", _DEPARTURE]],
    "skipped day": ["extract", "doy", ["at time zone", "Pacific/Apia", _DEPARTURE]],
    "seconds": ["extract", "epoch", _DEPARTURE],
    "inverse": ["/", ["number", 1.0], _GUST],
    "power": ["exp", _GUST],
    "product": ["*", _GUST, ["column", "stops", "int"]],
    "logarithm": ["ln", _GUST],
}
_WIDER = Signature(
    model="flight_delay",
    label="late",
    event_time="departure",
    columns=[
        *SIGNATURE.columns,
        *(Column(name=n, source="derived", type="float", expression=e) for n, e in _DERIVED.items()),
    ],
)
_MAX_REFUSAL = 20_000

_TIMES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00",
    "1899-12-31T23:59:59.999999Z", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00+00:01",
    "2199-12-31T23:59:59.9999999Z", "2200-01-01T00:00:00Z", "2016-12-31T23:59:60Z",
    "2013-03-01T23:59:59.9999995Z", "2013-03-01T23:59:59.9999995", "2013-03-01T17:30:00.1234565+01:00",
    "2013-03-01T24:00:00Z", "2013-03-01T17:30:00+24:00", "2013-03-01T17:30:00-23:59", "2013-03-01t17:30:00z",
    "2013-03-01T17:30:00-00:00", "2013-03-01T17:30:00,5Z", "2013-W09-5", "2013-02-29T00:00:00Z",
    "2013-03-10T02:30:00-05:00", "2013-11-03T05:30:00Z", "2013-11-03T06:30:00Z", "2011-12-30T10:00:00Z",
    "2013-03-01 17:30", "2013-03-01T17:30:00Z\\u0000", "\uff12013-03-01T17:30:00Z",
)  # fmt: skip
_NUMBERS = (
    "0", "-0", "-0.0", "1.0", "1e0", "1e400", "-1e400", "1e-400", "5e-324", "3.4028234663852886e38", "3.4028235e38",
    "-1e39", "710", "9007199254740993", "9223372036854775807", "9223372036854775808", "9.223372036854775807e18",
    "18446744073709551616", "1" + "0" * 400, "1" + "0" * 5000, "NaN", "Infinity", "-Infinity", "01", "+1", "1.", "0x1",
)  # fmt: skip
_TEXTS = (
    "", "UA", " UA", "1", "1.5", "true", "\\ud800", "\\udc00\\ud800", "\ud800", "\\u0000", "\0", "\ufeff", "\x85",
    "\u2028", "e\u0301", "\U0001f600" * 1000, "x" * 1001, "\\u0001" * 1000, "\\x", "\n",
)  # fmt: skip
_OTHERS = ("null", "true", "false", "[]", "{}", "[[NaN]]", '{"a": {}}', "")
_NAMES = (
    *INSTANCE,
    "gate",
    "instances",
    "f0",
    "",
    "\\ud800",
    "\ud800",
    "é" * 3000,
    "` - at `$.instances[7].x",
)

VALUES = st.one_of(
    st.sampled_from([*_NUMBERS, *_OTHERS, *(f'"{text}"' for text in (*_TIMES, *_TEXTS))]),
    st.integers(-(2**80), 2**80).map(str),
    st.floats().map(repr),
)
GOOD = {name: json.dumps(value) for name, value in INSTANCE.items()}
CELLS = {
    "distance": st.floats(0, 9000).map(repr),
    "wind gust": st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    "stops": st.sampled_from(["0", "1.0", str(2**62)]),
    "departure": st.sampled_from([f'"{text}"' for text in _TIMES]),
}
FITTING = st.fixed_dictionaries(CELLS).map(lambda cells: {**GOOD, **cells})
CHANGED = st.dictionaries(st.sampled_from(_NAMES), VALUES, min_size=1, max_size=2).map(
    lambda cells: {**GOOD, **cells}
)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Requests of which something, or nothing, is wrong: a value, a name, a key given twice, the text itself."""
    rows = [written(cells) for cells in draw(st.lists(FITTING | CHANGED, min_size=1, max_size=4))]
    body = f'{{"instances": [{", ".join(rows)}]{draw(st.sampled_from(["", "", "", _TWICE, _UNKNOWN]))}}}'
    if draw(st.integers(0, 7)) == 0:
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.sampled_from(['"', "}", "[", ",", "\0", "\ud800", "\ufeff", "NaN", ""]))
    return body


_TWICE, _UNKNOWN = ', "instances": []', f', "{"k" * 5000}": 1'


def written(cells: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in cells.items()) + "}"


def request(*rows: dict[str, str]) -> str:
    return f'{{"instances": [{", ".join(map(written, rows))}]}}'


@cache
def scorer() -> Scorer:
    """A logistic regression: of all models the one whose sums depend most on how they are made."""
    width = len(_WIDER.model_columns)
    table = np.random.default_rng(1).normal(size=(300, width)).astype(np.float32)
    fitted = make_pipeline(SimpleImputer(), LogisticRegression()).fit(table, table.sum(axis=1) > 0)
    return Scorer.load(to_onnx(fitted, columns=width), to_json(_WIDER))


def answered(body: str, *, encoded: bool = False) -> tuple[int, dict[str, Any], list[bytes]]:
    """Status, document and log of a request, after what is true of every answer was seen to be true."""
    log: list[bytes] = []
    if encoded:
        body = b64encode(body.encode(errors="surrogatepass")).decode()
    response = Predictor(scorer=scorer(), model="m", version=1, log=log.append).answer(
        {"body": body, "isBase64Encoded": encoded}
    )
    document = strictly(response["body"])
    kind = "application/json" if response["statusCode"] == 200 else "application/problem+json"
    assert response["headers"]["content-type"] == kind
    if response["statusCode"] != 200:
        assert response["statusCode"] == 400
        assert log == []
        assert len(json.dumps(response)) < _MAX_REFUSAL
        refused(document)
    return response["statusCode"], document, log


def refused(document: dict[str, Any]) -> None:
    """The one form of all refusals."""
    assert document.keys() == {"type", "title", "status", "detail", "code", "errors"}
    assert len(document["errors"]) <= 20
    assert bool(document["errors"]) or document["code"] != "invalid_instances"
    for detail in document["errors"]:
        assert detail.keys() == {"row", "field", "message"}
        assert type(detail["row"]) is int


def strictly(text: str | bytes) -> Any:
    """JSON, without the NaN and Infinity that Python would read."""

    def refuse(name: str) -> NoReturn:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


@examples(500)
@given(bodies(), st.booleans())
@example(f'{{"instances": [{{"` - at `$.instances[{"1" * 5000}].x": 1}}, nothing', False)  # noqa: FBT003
@example('{"instances": [{"\ud800": NaN}]}', False)  # noqa: FBT003
@example(f'{{"{"é" * 4_400_000}": 1}}', False)  # noqa: FBT003
@example(f'{{"instances": [{{"{"é" * 4_400_000}": 1}}]}}', False)  # noqa: FBT003
def test_every_answer_has_a_known_form_and_size(body: str, encoded: bool) -> None:
    status, document, log = answered(body, encoded=encoded)
    if status == 200:
        [written_at_once] = log
        *lines, nothing = written_at_once.decode().split("\n")
        assert nothing == ""
        assert all(0 <= probability <= 1 for probability in document["probabilities"])
        logged_as_read(body, lines, document)


def logged_as_read(body: str, lines: list[str], document: dict[str, Any]) -> None:
    """What is read of the log, later, is what the model was asked and what it answered."""
    for line in lines:
        strictly(line)
    read = read_log_object(member(lines), "m")
    assert read.broken == []
    assert [each.prediction_id for each in read.predictions] == document["prediction_ids"]
    assert [each.outputs["probability"] for each in read.predictions] == document["probabilities"]
    instances = scorer().decoder.read(json.loads(body)["instances"])
    for each, instance in zip(read.predictions, instances, strict=True):
        for place, column in enumerate(scorer().decoder.columns):
            asked = getattr(instance, f"f{place}")
            if column.name == scorer().signature.event_time:
                assert each.event_time == asked
            elif not isinstance(asked, datetime):
                assert each.inputs.get(column.name) == asked


@examples(300)
@given(st.lists(FITTING, min_size=2, max_size=5))
def test_an_instance_is_read_and_scored_the_same_whatever_is_sent_with_it(rows: list[dict[str, str]]) -> None:
    alone = [answered(request(row)) for row in rows]
    fitting = [row for row, (status, _, _) in zip(rows, alone, strict=True) if status == 200]
    if not fitting:
        return
    status, together, [lines] = answered(request(*fitting))
    assert status == 200
    ones = [(document, log[0]) for status, document, log in alone if status == 200]
    found = [document["probabilities"][0] for document, _ in ones]
    # What was read differently would differ by more than sums of float32 in another order.
    assert together["probabilities"] == pytest.approx(found, rel=0, abs=1e-6)
    times = [one.event_time for one in predictions(lines)]
    assert times == [one.event_time for _, line in ones for one in predictions(line)]


def predictions(lines: bytes) -> list[Prediction]:
    return read_log_object(member(lines.decode().splitlines()), "m").predictions
