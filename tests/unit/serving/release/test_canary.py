"""When a canary has proven itself, and when it has failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.instants import Duration
from keepfit.serving.release.canary import RequestCounts, judge_canary
from keepfit.serving.release_definition import ReleaseDefinition

LIMITS = ReleaseDefinition(
    baking_period=Duration.parse("5m"),
    baking_limit=Duration.parse("1h"),
    minimum_requests=100,
    max_failure_share=0.01,
)
NEW, BAKED, OLD = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)


@pytest.mark.parametrize(
    ("requests", "failures", "baked", "verdict"),
    [
        (0, 0, NEW, "baking"),
        (500, 0, NEW, "baking"),
        (99, 0, BAKED, "baking"),
        (100, 0, BAKED, "promote"),
        (100, 1, BAKED, "promote"),
        (1000, 10, BAKED, "promote"),
        (1000, 11, BAKED, "roll back"),
        (200, 3, NEW, "roll back"),
        (5, 5, NEW, "roll back"),
        (5, 1, NEW, "roll back"),
        (4, 1, NEW, "baking"),
        (2, 2, NEW, "roll back"),
        (99, 0, OLD, "replay"),
        (0, 0, OLD, "replay"),
        (100, 0, OLD, "promote"),
    ],
)
def test_the_verdict(requests: int, failures: int, baked: timedelta, verdict: str) -> None:
    found = judge_canary(LIMITS, RequestCounts(requests=requests, failures=failures), baked=baked)
    assert found.verdict == verdict
    assert (found.requests, found.failures) == (requests, failures)


@pytest.mark.parametrize(
    ("requests", "took", "champion_requests", "champion_took", "verdict"),
    [
        (100, 80.0, 900, 10.0, "promote"),
        (100, 81.0, 900, 10.0, "roll back"),
        (20, 81.0, 20, 10.0, "roll back"),
        (19, 81.0, 900, 10.0, "baking"),
        (100, 9000.0, 19, 10.0, "promote"),
        (100, 9000.0, 900, None, "promote"),
        (100, 1.0, 900, 1000.0, "promote"),
    ],
)
def test_a_challenger_that_is_much_slower_than_the_champion_is_rolled_back(
    requests: int, took: float, champion_requests: int, champion_took: float | None, verdict: str
) -> None:
    counts = RequestCounts(requests=requests, failures=0, duration_ms=took)
    champion = RequestCounts(requests=champion_requests, failures=0, duration_ms=champion_took)
    found = judge_canary(LIMITS, counts, champion, baked=BAKED)
    assert found.verdict == verdict
    assert ("more than 3 times as long" in found.reason) == (verdict == "roll back")


def test_the_reason_says_what_was_seen_and_what_is_allowed() -> None:
    failed = judge_canary(LIMITS, RequestCounts(requests=200, failures=3), baked=NEW)
    assert failed.reason == "3 of 200 requests failed; up to 1.0% may"
    unproven = judge_canary(LIMITS, RequestCounts(requests=7, failures=0), baked=OLD)
    assert unproven.reason == "7 of 100 requests in 1h"


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 7200))
def test_nothing_is_promoted_that_failed_too_often_or_too_rarely_answered(
    requests: int, failures: int, seconds: int
) -> None:
    counts = RequestCounts(requests=requests, failures=min(failures, requests))
    found = judge_canary(LIMITS, counts, baked=timedelta(seconds=seconds))
    if found.verdict == "promote":
        assert counts.requests >= 100
        assert counts.failures <= counts.requests * 0.01
        assert seconds >= 300
    if seconds >= 3600:
        assert found.verdict != "baking"


def test_a_challenger_whose_tasks_were_all_down_for_a_minute_is_rolled_back_whatever_was_counted() -> None:
    counts = RequestCounts(requests=500, failures=0, down=True)
    found = judge_canary(ReleaseDefinition(), counts, baked=timedelta(hours=1))
    assert found.verdict == "roll back"
    assert found.reason == "0 of 500 requests failed, and for a minute none of its tasks was healthy"
