"""The proof of the API's description: what Schemathesis reports is judged as it is."""

from __future__ import annotations

from typing import Any

import pytest

from proofs.api_contract.prove import examples_of, judged

GOOD: dict[str, Any] = {
    "test_cases": {"generated": 1000, "with_failures": 0, "errored": 0},
    "operations": {"total": 9, "tested": 9},
    "failures": [],
    "errors": [],
    "valid_rates": {"GET /v2": {"fuzzing": {"accepted": 200, "rejected": 0}}},
    "running_time": 12.345,
}


def test_a_good_report_holds() -> None:
    proof = judged(GOOD, 1000)
    assert proof.holds
    assert proof.figures["accepted"] == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"test_cases": {"generated": 999, "with_failures": 0, "errored": 0}},
        {"test_cases": {"generated": 1000, "with_failures": 1, "errored": 0}},
        {"test_cases": {"generated": 1000, "with_failures": 0, "errored": 1}},
        {"errors": [{"title": "Network error", "count": 1}]},
        {"operations": {"total": 9, "tested": 8}},
        # A token that opens nothing would be answered as described, too.
        {"valid_rates": {"GET /v2": {"fuzzing": {"accepted": 0, "rejected": 900}}}},
    ],
)
def test_what_a_promise_leaves_out_does_not_hold(wrong: dict[str, Any]) -> None:
    assert not judged({**GOOD, **wrong}, 1000).holds


def test_failures_are_counted_by_kind() -> None:
    failure = {"title": "Server error", "count": 2, "operations": ["GET /v2", "POST /models/delay/predict"]}
    proof = judged({**GOOD, "failures": [failure]}, 1000)
    assert proof.figures["failures"] == {"Server error": 2}
    assert proof.details[0]["by"] == "GET /v2, POST /models/delay/predict"


def test_operations_that_take_a_body_make_up_the_cases() -> None:
    document = {"paths": {"/v2": {"get": {}}, "/a": {"post": {}}, "/b": {"post": {}}, "/c": {"post": {}}}}
    assert examples_of(document, 10_000) == 3334
