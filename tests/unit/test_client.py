"""The client against the real request path, and an API that has bad moments."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import numpy as np
import pytest

from keepfit.client import Client, RequestRefused
from keepfit.serving.requests.predictor import Predictor
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import IntervalSpec, TaskSpec
from tests.unit.serving.support.small_model import instances, scorer

Answer = Callable[[httpx.Request], httpx.Response]


def served(request: httpx.Request) -> httpx.Response:
    """What the function answers to what API Gateway hands on."""
    predictor = Predictor(scorer=scorer(), model="flight_delay", version=3, log=lambda _: None)
    response = predictor.answer({"body": request.content.decode(), "headers": dict(request.headers)})
    return httpx.Response(response["statusCode"], headers=response["headers"], text=response["body"])


class Api:
    """Answers by ``answers`` first, then as ``served``; remembers requests and pauses."""

    def __init__(self, *answers: httpx.Response | type[Exception]) -> None:
        self.answers, self.asked, self.pauses = list(answers), [], []  # type: ignore[var-annotated]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if not self.answers:
            return served(request)
        first = self.answers.pop(0)
        if isinstance(first, httpx.Response):
            return first
        raise first("no answer")

    def client(self, **settings: int) -> Client:
        return Client(
            url="https://api.example.com/",
            token=lambda: f"token-{len(self.asked)}",
            transport=httpx.MockTransport(self),
            sleep=self.pauses.append,
            **settings,  # type: ignore[arg-type]
        )


def answered(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, json={"message": "Not now"})


def test_instances_are_asked_in_batches_and_answered_in_their_order() -> None:
    api, rows = Api(), instances(7)
    with api.client(batch=3) as client:
        found = client.predict("flight_delay", rows)
    assert [len(json.loads(each.content)["instances"]) for each in api.asked] == [3, 3, 1]
    assert {str(each.url) for each in api.asked} == {"https://api.example.com/models/flight_delay/predict"}
    assert [each.headers["authorization"] for each in api.asked] == [f"Bearer token-{n}" for n in range(3)]
    one_by_one = [Api().client().predict("flight_delay", [row])[0] for row in rows]
    assert [each.output for each in found] == pytest.approx([each.output for each in one_by_one])
    assert len({each.prediction_id for each in found}) == 7
    assert {each.model_version for each in found} == {3}


def test_what_was_not_answered_is_sent_again_after_the_time_that_is_named() -> None:
    api = Api(answered(429, **{"retry-after": "7"}), answered(503), httpx.ConnectError, answered(504))
    assert len(api.client().predict("flight_delay", instances(1))) == 1
    assert api.pauses == [7.0, 1.0, 2.0, 4.0]


def test_after_the_last_attempt_the_reason_is_told() -> None:
    api = Api(*[answered(503)] * 9)
    with pytest.raises(RequestRefused, match="HTTP 503: Not now"):
        api.client(retries=2).predict("flight_delay", instances(1))
    assert len(api.asked) == 3
    with pytest.raises(httpx.ConnectError):
        Api(httpx.ConnectError).client(retries=0).predict("flight_delay", instances(1))


@pytest.mark.parametrize("broken", [httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_what_may_have_been_answered_is_not_sent_again(broken: type[Exception]) -> None:
    api = Api(broken)
    with pytest.raises(broken):
        api.client().predict("flight_delay", instances(1))
    assert len(api.asked) == 1


def test_a_refusal_names_rows_as_they_were_given() -> None:
    rows = instances(5)
    rows[4]["distance"] = "far"
    with pytest.raises(RequestRefused, match="row 4, distance: is not a number") as refused:
        Api().client(batch=2).predict("flight_delay", rows)
    assert (refused.value.status, refused.value.code) == (400, "invalid_instances")
    assert [(each.row, each.field) for each in refused.value.errors] == [(4, "distance")]


@pytest.mark.parametrize(
    ("task", "outputs", "prediction", "output"),
    [
        (TaskSpec(kind="binary"), np.array([0.75]), True, 0.75),
        (
            TaskSpec(kind="multiclass", classes=["a", "b"]),
            np.array([[0.25, 0.75]]),
            "b",
            {"a": 0.25, "b": 0.75},
        ),
        (TaskSpec(kind="regression"), np.array([2.5]), 2.5, None),
        (
            TaskSpec(kind="regression", interval=IntervalSpec(level=0.9, low=-1, high=1)),
            np.array([2.5]),
            2.5,
            [1.5, 3.5],
        ),
    ],
)
def test_each_task_has_its_output(
    task: TaskSpec, outputs: np.ndarray, prediction: object, output: object
) -> None:
    answer = task_of(task).answerer("m", 1)(outputs, ["id"])[2]
    api = Api(
        httpx.Response(200, content=json.dumps({k: getattr(answer, k) for k in answer.__struct_fields__}))
    )
    [found] = api.client().predict("m", [{}])
    assert (found.prediction, found.output) == (prediction, output)


def test_explained_answers_hold_what_each_column_adds_and_fewer_are_asked_at_once() -> None:
    explanation = {
        "method": "drawn orders",
        "unit": "probability",
        "standard_error": 0.01,
        "base": 0.4,
        "scores": [0.5, 0.3],
        "contributions": {"a": [0.2, 0.1], "b": [-0.1, -0.2]},
    }
    told = {
        "model": "m",
        "model_version": 1,
        "predictions": [True, False],
        "probabilities": [0.5, 0.3],
        "prediction_ids": ["x", "y"],
        "explanation": explanation,
    }
    api = Api(*[httpx.Response(200, json=told)] * 2)
    found = api.client().predict("m", [{"a": 1}] * 200, explain=True)
    assert [json.loads(each.content)["explain"] for each in api.asked] == [True, True]
    assert [len(json.loads(each.content)["instances"]) for each in api.asked] == [100, 100]
    assert (found[1].base, found[1].score, found[1].contributions) == (0.4, 0.3, {"a": 0.1, "b": -0.2})


def test_outcomes_are_reported_by_as_many_requests_as_it_takes_and_what_is_refused_is_told() -> None:
    bad = {"row": 3, "field": "outcome", "message": "is null, and the field is not nullable"}
    answers = [
        httpx.Response(202, json={"model": "m", "event_id": "e", "accepted": 500, "refused": []}),
        httpx.Response(202, json={"model": "m", "event_id": "e", "accepted": 99, "refused": [bad]}),
    ]
    api = Api(*answers)
    told = [{"prediction_id": f"p{number}", "outcome": True} for number in range(600)]
    [refused] = api.client().outcomes("m", told, event_id="day-1")
    assert (refused.row, refused.field) == (503, "outcome")
    sent = [json.loads(each.content) for each in api.asked]
    assert [each.url.path for each in api.asked] == ["/models/m/outcomes"] * 2
    assert [one for each in sent for one in each["outcomes"]] == told
    assert [each["event_id"] for each in sent] == ["day-1.0", "day-1.500"]


def test_an_event_of_one_request_keeps_its_name_and_none_is_made_up() -> None:
    taken = {"model": "m", "event_id": "e", "accepted": 1, "refused": []}
    api = Api(httpx.Response(202, json=taken), httpx.Response(202, json=taken))
    for event_id in ("day-1", None):
        assert api.client().outcomes("m", [{"prediction_id": "p", "outcome": 1.5}], event_id=event_id) == []
    assert [json.loads(each.content).get("event_id") for each in api.asked] == ["day-1", None]
