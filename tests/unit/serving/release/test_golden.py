"""Known requests, and whether a release answers them as its model did."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from keepfit.serving.release.golden import GoldenRequest, as_body, as_event, choose_instances, problem_of
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


def answered(probabilities: list[Any] | None = None, *, version: int = 3) -> bytes:
    known = [request.known for request in REQUESTS]
    body = {
        "model": "m",
        "model_version": version,
        "probabilities": known if probabilities is None else probabilities,
    }
    return json.dumps(body).encode()


def problem(body: bytes, status: int = 200) -> str | None:
    return problem_of(REQUESTS, status, body, version=3, task=TASK)


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
    assert len(scorer().score(decoded)) == len(decoded.instances)


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
        response = predictor.answer(as_event(as_body([request.instance for request in requests])))
        body = response["body"].encode()
        assert problem_of(requests, response["statusCode"], body, version=3, task=TASK) is None


def test_rounding_is_no_difference() -> None:
    assert problem(answered([request.known + 9e-6 for request in REQUESTS])) is None


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (answered(), 500, "answered 500"),
        (b"null", 200, "no prediction"),
        (b"nonsense", 200, "no prediction"),
        (b"{}", 200, "no prediction"),
        (answered(version=2), 200, "as version 2"),
        (answered([0.5]), 200, "1 rows of 4"),
        (answered([None] * 4), 200, "4 of 4 answers differ"),
        (answered([*[request.known for request in REQUESTS[:3]], 0.123]), 200, "1 of 4.*row 3: 0.123 for"),
    ],
)
def test_any_other_answer_is_a_problem_and_says_why(body: bytes, status: int, reason: str) -> None:
    assert re.search(reason, problem(body, status) or "")


def test_a_nan_is_not_close_to_anything() -> None:
    body = answered().replace(str(REQUESTS[0].known).encode(), b"NaN")
    assert "1 of 4" in (problem(body) or "")


def test_requests_of_before_there_were_several_tasks_are_known_by_their_probability() -> None:
    kept = msgspec.json.encode([{"instance": r.instance, "probability": r.known} for r in REQUESTS])
    requests = msgspec.json.decode(kept, type=list[GoldenRequest])
    assert problem_of(requests, 200, answered(), version=3, task=TASK) is None
    assert [request.known for request in requests] == [request.known for request in REQUESTS]
