"""API Gateway events become answers and lines of the prediction log."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import InvalidOutput
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import MAX_BODY_LENGTH, Predictor
from tests.drawn import examples
from tests.unit.serving.support.small_model import INSTANCE, constant_model, instances, scorer, signature


class Log:
    """What was written, write by write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for write in self.writes for line in write.splitlines()]


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def predictor(log: Log) -> Predictor:
    return Predictor(scorer=scorer(), model="flight_delay", version=3, log=log.writes.append)


def event(body: str | None, **more: Any) -> dict[str, Any]:
    return {"version": "2.0", "body": body, "isBase64Encoded": False, **more}


def rows(*sent: Any) -> str:
    return json.dumps({"instances": sent})


def test_an_answer_has_one_element_per_instance_and_names_the_version(predictor: Predictor) -> None:
    response = predictor.answer(event(rows(*instances(5))))
    answer = json.loads(response["body"])
    assert response["statusCode"] == 200
    assert response["headers"]["content-type"] == "application/json"
    assert (answer["model"], answer["model_version"]) == ("flight_delay", 3)
    assert len(answer["probabilities"]) == len(set(answer["prediction_ids"])) == 5
    assert answer["predictions"] == [p >= 0.5 for p in answer["probabilities"]]


def test_a_body_in_base64_is_answered_like_a_plain_one(predictor: Predictor) -> None:
    plain = predictor.answer(event(rows(INSTANCE)))
    encoded = b64encode(rows(INSTANCE).encode()).decode()
    answer = predictor.answer(event(encoded, isBase64Encoded=True))
    both = [json.loads(response["body"])["probabilities"] for response in (plain, answer)]
    assert both[0] == both[1]


def test_a_request_is_one_log_line_with_what_was_sent_and_answered(predictor: Predictor, log: Log) -> None:
    began = datetime.now(UTC)
    answer = json.loads(predictor.answer(event(rows(*instances(3))))["body"])
    assert len(log.writes) == 1
    assert log.writes[0].endswith(b"\n")
    [line] = log.lines
    assert line["prediction_ids"] == answer["prediction_ids"]
    assert line["outputs"] == answer["probabilities"]
    assert line["predictions"] == answer["predictions"]
    assert line["request"] == {"instances": instances(3)}
    assert (line["kind"], line["model"], line["version"]) == ("prediction", "flight_delay", 3)
    assert (line["schema"], line["task"], line["event_time"]) == (3, "binary", "departure")
    assert began <= datetime.fromisoformat(line["at"]) <= datetime.now(UTC)


def test_what_is_read_otherwise_than_it_was_sent_is_logged_as_it_was_read(
    predictor: Predictor, log: Log
) -> None:
    sent = {**INSTANCE, "departure": "2013-03-01T12:30:00-05:00"}
    answer = json.loads(predictor.answer(event(rows(sent, sent)))["body"])
    assert [line["prediction_id"] for line in log.lines] == answer["prediction_ids"]
    assert [line["outputs"] for line in log.lines] == answer["probabilities"]
    for line in log.lines:
        assert (line["schema"], line["event_time"]) == (2, "2013-03-01T17:30:00Z")
        assert line["inputs"]["departure"] == "2013-03-01T17:30:00Z"


def test_golden_requests_are_logged_as_such(predictor: Predictor, log: Log) -> None:
    predictor.answer(event(rows(INSTANCE), golden=True))
    assert log.lines[0]["kind"] == "golden"


@pytest.mark.parametrize(
    "body", [None, "", "{", "[]", '{"instances": [{}]}', rows({**INSTANCE, "distance": "far"})]
)
def test_a_bad_request_is_told_what_to_change_and_logs_nothing(
    predictor: Predictor, log: Log, body: str | None
) -> None:
    response = predictor.answer(event(body))
    problem = json.loads(response["body"])
    assert (response["statusCode"], problem["status"], problem["title"]) == (400, 400, "Bad Request")
    assert response["headers"]["content-type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors"}
    assert problem["detail"]
    assert log.writes == []


def test_details_name_row_and_field(predictor: Predictor) -> None:
    response = predictor.answer(event(rows(INSTANCE, {**INSTANCE, "distance": "far"})))
    assert json.loads(response["body"])["errors"] == [
        {"row": 1, "field": "distance", "message": "is not a number"}
    ]


def test_base64_that_is_none_is_a_bad_request(predictor: Predictor) -> None:
    assert predictor.answer(event("*", isBase64Encoded=True))["statusCode"] == 400


def test_a_body_or_a_batch_over_the_limit_is_413(predictor: Predictor) -> None:
    large = predictor.answer(event(" " * (MAX_BODY_LENGTH + 1)))
    many = predictor.answer(event('{"instances":[' + ",".join(["{}"] * 10_001) + "]}"))
    for response, code in ((large, "body_too_large"), (many, "too_many_instances")):
        assert response["statusCode"] == 413
        assert json.loads(response["body"])["code"] == code


@pytest.mark.parametrize("answer", [float("nan"), 1.5])
def test_a_model_that_answers_nonsense_is_an_error_of_its_version_not_an_answer(
    answer: float, log: Log
) -> None:
    broken = Scorer.load(constant_model(answer), signature())
    with pytest.raises(InvalidOutput):
        Predictor(scorer=broken, model="m", version=1, log=log.writes.append).answer(event(rows(INSTANCE)))
    assert log.writes == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["instances", *INSTANCE]), inner)
    ),
    max_leaves=8,
)


@examples(300)
@given(st.text(max_size=40) | JSON.map(json.dumps), st.booleans())
def test_whatever_a_client_sends_is_answered_and_never_blamed_on_the_model(body: str, encoded: bool) -> None:
    predictor = Predictor(scorer=scorer(), model="m", version=1, log=lambda _lines: None)
    response = predictor.answer(event(body, isBase64Encoded=encoded))
    assert response["statusCode"] in (200, 400)
    assert json.loads(response["body"])


NEXT = {"routeKey": "POST /models/flight_delay/next/predict"}


@pytest.mark.parametrize("body", [rows(INSTANCE), "{", rows({**INSTANCE, "colour": 1})])
def test_a_system_test_learns_which_lambda_version_answered_and_a_client_does_not(
    log: Log, body: str
) -> None:
    predictor = Predictor(
        scorer=scorer(), model="flight_delay", version=3, log=log.writes.append, lambda_version="12"
    )
    tested, asked = predictor.answer(event(body, **NEXT)), predictor.answer(event(body))
    assert tested["headers"] == {**asked["headers"], "keepfit-lambda-version": "12"}
    assert tested["statusCode"] == asked["statusCode"]
    by_path = predictor.answer(event(body, headers={"x-route": NEXT["routeKey"]}))
    assert "keepfit-lambda-version" not in by_path["headers"]


def test_what_a_system_test_asks_is_logged_as_golden(predictor: Predictor, log: Log) -> None:
    predictor.answer(event(rows(INSTANCE), **NEXT))
    predictor.answer(event(rows(INSTANCE), routeKey="POST /models/flight_delay/predict"))
    assert [line["kind"] for line in log.lines] == ["golden", "prediction"]
