"""Known requests, and whether a release answers them as its model did."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from keepfit.errors import GoldenRequestsFailed
from keepfit.serving.release.golden import GoldenRequest, as_event, check_answer, choose_instances
from keepfit.serving.release.invocation import Invocation
from keepfit.serving.requests.predictor import Predictor
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE, instances, scorer

HOLDOUT = instances(300)
TASK = SIGNATURE.task.kind
REQUESTS = [
    GoldenRequest(instance=instance, outputs=float(probability))
    for instance, probability in zip(
        instances(4),
        scorer().score(scorer().decode(json.dumps({"instances": instances(4)}))),
        strict=True,
    )
]


def answered(probabilities: list[Any] | None = None, *, status: int = 200, version: int = 3) -> Invocation:
    known = [request.known for request in REQUESTS]
    body = {
        "model": "m",
        "model_version": version,
        "probabilities": known if probabilities is None else probabilities,
    }
    return Invocation(payload=json.dumps({"statusCode": status, "body": json.dumps(body)}).encode())


def test_about_twenty_different_instances_are_chosen() -> None:
    chosen = choose_instances(SIGNATURE, HOLDOUT)
    assert 10 <= len(chosen) <= 20
    assert len({json.dumps(instance) for instance in chosen}) == len(chosen)


def test_the_extremes_a_null_and_an_unseen_category_are_among_them() -> None:
    chosen = choose_instances(SIGNATURE, HOLDOUT)
    distances = [instance["distance"] for instance in HOLDOUT]
    assert {min(distances), max(distances)} <= {instance["distance"] for instance in chosen}
    assert None in {instance["wind gust"] for instance in chosen}
    assert {instance["carrier"] for instance in chosen} - {"UA", "AA", "ZZ"}


def test_one_row_is_enough_and_a_column_of_nulls_does_no_harm() -> None:
    assert choose_instances(SIGNATURE, [{**INSTANCE, "wind gust": None}])


def test_every_chosen_instance_is_a_valid_one() -> None:
    decoded = scorer().decode(json.dumps({"instances": choose_instances(SIGNATURE, HOLDOUT)}))
    assert len(scorer().score(decoded)) == len(decoded)


def test_no_row_is_among_them_and_no_category_that_the_model_does_not_know() -> None:
    rows = [{**row, "wind gust": 0.5 + number, "stops": number} for number, row in enumerate(HOLDOUT)]
    chosen = choose_instances(SIGNATURE, rows)
    assert not [instance for instance in chosen if instance in rows]
    shared = [
        sum(instance[name] == row[name] for name in ("distance", "stops", "wind gust"))
        for instance in chosen
        for row in rows
    ]
    assert max(shared) == 1
    assert {instance["carrier"] for instance in chosen} - {"a value that no training row had"} <= {"UA", "AA"}


def test_the_real_handler_passes_its_own_golden_requests() -> None:
    predictor = Predictor(scorer=scorer(), model="m", version=3, log=lambda _lines: None)
    for requests in (REQUESTS, REQUESTS[:1]):
        response = json.dumps(predictor.answer(as_event(requests))).encode()
        check_answer(requests, Invocation(payload=response), version=3, task=TASK)


def test_rounding_is_no_difference() -> None:
    check_answer(REQUESTS, answered([request.known + 9e-6 for request in REQUESTS]), version=3, task=TASK)


@pytest.mark.parametrize(
    ("invocation", "reason"),
    [
        (
            Invocation(payload=b'{"errorMessage": "boom"}', error="InvalidOutput"),
            "raised InvalidOutput.*boom",
        ),
        (
            Invocation(payload=b'{"errorMessage": "Task timed out"}', error="Sandbox.Timedout"),
            "Sandbox.Timedout",
        ),
        (answered(status=500), "answered 500"),
        (Invocation(payload=b"null"), "no prediction"),
        (Invocation(payload=b"nonsense"), "no prediction"),
        (Invocation(payload=b'{"statusCode": 200, "body": "{}"}'), "no prediction"),
        (answered(version=2), "as version 2"),
        (answered([0.5]), "1 rows of 4"),
        (answered([None] * 4), "4 of 4 answers differ"),
        (answered([*[request.known for request in REQUESTS[:3]], 0.123]), "1 of 4.*row 3: 0.123 for"),
    ],
)
def test_any_other_answer_fails_and_says_why(invocation: Invocation, reason: str) -> None:
    with pytest.raises(GoldenRequestsFailed, match=reason):
        check_answer(REQUESTS, invocation, version=3, task=TASK)


def test_a_nan_is_not_close_to_anything() -> None:
    payload = answered().payload.replace(str(REQUESTS[0].known).encode(), b"NaN")
    with pytest.raises(GoldenRequestsFailed, match="1 of 4"):
        check_answer(REQUESTS, Invocation(payload=payload), version=3, task=TASK)


def test_requests_of_before_there_were_several_tasks_are_known_by_their_probability() -> None:
    kept = msgspec.json.encode([{"instance": r.instance, "probability": r.known} for r in REQUESTS])
    requests = msgspec.json.decode(kept, type=list[GoldenRequest])
    check_answer(requests, answered(), version=3, task=TASK)
    assert [request.known for request in requests] == [request.known for request in REQUESTS]
