"""A replay promotes or rolls back."""

from __future__ import annotations

from typing import Any

import pytest

from keepfit.serving.release.replay import Latency, ReplayReport, judge_replay
from keepfit.serving.release_definition import ReleaseDefinition

LIMITS = ReleaseDefinition(max_failure_share=0.01, max_slowdown=3.0, max_changed_share=0.5)


def took(milliseconds: float) -> Latency:
    return Latency(median_ms=milliseconds, p95_ms=2 * milliseconds)


def report(**changes: Any) -> ReplayReport:
    usual: dict[str, Any] = {
        "champion": 1,
        "challenger": 2,
        "logged": 37,
        "holdout": 63,
        "latency": took(12),
        "champion_latency": took(10),
        "compared": 100,
        "changed": 3,
        "mean_difference": 0.0123,
    }
    return ReplayReport(**{**usual, **changes})


@pytest.mark.parametrize(
    ("changes", "verdict", "because"),
    [
        ({}, "promote", "37 logged requests and 63 rows of the holdout, 0 failed"),
        ({"failures": 1}, "promote", "1 failed"),
        ({"failures": 2, "problem": "Boom"}, "roll back", "2 of 37 logged requests"),
        ({"latency": None, "refusals": 100, "problem": "400"}, "roll back", "it answered none"),
        ({"latency": took(81)}, "roll back", "more than 3 times as long"),
        ({"latency": took(79)}, "promote", "median 79.0 ms beside 10.0 ms"),
        ({"champion_latency": None}, "promote", "0 failed"),
        ({"changed": 51}, "roll back", "51.0% of 100 are decided otherwise, up to 50.0% may"),
        ({"changed": 50}, "promote", "mean difference 0.0123"),
        ({"compared": 0, "mean_difference": None}, "promote", "0 failed"),
        ({"logged": 0, "holdout": 0}, "roll back", "no request is logged"),
    ],
)
def test_the_verdict_and_what_it_rests_on(changes: dict[str, Any], verdict: str, because: str) -> None:
    found = judge_replay(LIMITS, report(**changes), undecided="3 of 100 requests in 6h")
    assert found.verdict == verdict
    assert found.reason.startswith("decided by replay (3 of 100 requests in 6h): ")
    assert because in found.reason
