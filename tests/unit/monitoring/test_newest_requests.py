"""The last requests of a log are found without reading all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from keepfit.errors import NotFound
from keepfit.monitoring.newest_requests import newest_requests
from tests.unit.monitoring.support.logs import line, log_object

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)


@dataclass
class Log:
    """A prediction log in memory that counts what is read of it."""

    objects: dict[str, bytes] = field(default_factory=dict)
    read_keys: list[str] = field(default_factory=list)

    def after(self, key: str) -> Iterator[str]:
        return iter(sorted(found for found in self.objects if found > key))

    def read(self, key: str) -> bytes:
        self.read_keys.append(key)
        if not self.objects[key]:
            raise NotFound(key)
        return self.objects[key]

    def put(self, hours_ago: int, *numbers: int, kind: str = "prediction") -> None:
        at = NOW - timedelta(hours=hours_ago)
        lines = [
            line(n, model="m", version=1, kind=kind, prediction_id=f"{n:03}", inputs={"n": n})
            for n in numbers
        ]
        self.objects[f"{at:%Y/%m/%d/%H}/{hours_ago:05}-object"] = log_object(*lines)


@pytest.fixture
def log() -> Log:
    return Log()


def found(log: Log, limit: int) -> list[int]:
    return [inputs["n"] for inputs in newest_requests(log, "m", limit=limit, at=NOW).values()]


def test_the_newest_come_first_however_long_ago_they_were(log: Log) -> None:
    for hours_ago, number in ((1, 5), (30, 4), (200, 3), (2_000, 2), (9_000, 1)):
        log.put(hours_ago, number)
    assert found(log, 10) == [5, 4, 3, 2, 1]
    assert found(log, 3) == [5, 4, 3]


def test_no_more_is_read_than_is_needed(log: Log) -> None:
    for hours_ago in range(100):
        log.put(hours_ago, hours_ago)
    found(log, 2)
    assert len(log.read_keys) == 2


def test_what_was_delivered_twice_counts_once_and_golden_requests_do_not(log: Log) -> None:
    log.put(3, 1, 2)
    log.put(2, 2, 3)
    log.put(1, 9, kind="golden")
    assert sorted(found(log, 10)) == [1, 2, 3]


def test_what_has_expired_is_passed_over(log: Log) -> None:
    log.put(3, 1)
    log.objects["2026/01/31/12/expired"] = b""
    assert found(log, 10) == [1]


def test_a_log_without_requests_gives_none(log: Log) -> None:
    assert found(log, 10) == []
