"""A column has drifted since the first report, one after another, that found it so."""

from __future__ import annotations

import pytest

from keepfit.monitoring.reports.report import MonitoringReport
from keepfit.views.stores import ModelStores
from keepfit.views.timeline import since as module
from keepfit.views.timeline.since import DriftedSince, drifted_since
from tests.unit.views.support.monitored import BEGIN, DAY, column, put_window


def put(stores: ModelStores, *days: dict[str, float]) -> MonitoringReport:
    """A report a day with these scores; the last one."""
    return [
        put_window(stores, BEGIN + day * DAY, [column(name, score) for name, score in scores.items()])
        for day, scores in enumerate(days)
    ][-1]


def found(stores: ModelStores, report: MonitoringReport) -> dict[str, int]:
    """By column, the day of the first report."""
    return {name: (each.found_at - BEGIN).days for name, each in drifted_since(stores, report).items()}


def test_each_column_has_its_own_beginning(stores: ModelStores) -> None:
    days = ({"a": 0.1, "b": 0.1}, {"a": 0.9, "b": 0.1}, {"a": 0.9, "b": 0.9}, {"a": 0.9, "b": 0.9})
    assert found(stores, put(stores, *days)) == {"a": 1, "b": 2}


def test_what_had_drifted_before_and_came_back_counts_anew(stores: ModelStores) -> None:
    assert found(stores, put(stores, {"a": 0.9}, {"a": 0.1}, {"a": 0.9})) == {"a": 2}


def test_a_report_that_judged_nothing_is_no_end(stores: ModelStores) -> None:
    assert found(stores, put(stores, {"a": 0.9}, {}, {"a": 0.9})) == {"a": 0}


def test_the_only_report_is_the_beginning(stores: ModelStores) -> None:
    report = put(stores, {"a": 0.9})
    assert drifted_since(stores, report) == {"a": DriftedSince(found_at=BEGIN, window=report.window)}


def test_where_nothing_has_drifted_nothing_is_read(stores: ModelStores) -> None:
    report = put(stores, {"a": 0.9}, {"a": 0.1})
    stores.lake.put("monitoring/delay/2026_broken_name.json", b"")
    assert drifted_since(stores, report) == {}


def test_a_window_that_somebody_asked_for_says_nothing_of_it(stores: ModelStores) -> None:
    put(stores, {"a": 0.9})
    put_window(stores, BEGIN + DAY / 2, [column("a", 0.1)], occasion="asked")
    report = put_window(stores, BEGIN + DAY, [column("a", 0.9)])
    assert found(stores, report) == {"a": 0}


def test_of_a_report_of_the_past_what_came_later_is_no_matter(stores: ModelStores) -> None:
    report = put(stores, {"a": 0.1}, {"a": 0.9})
    put_window(stores, BEGIN + 2 * DAY, [column("a", 0.1)])
    assert found(stores, report) == {"a": 1}


def test_older_reports_than_are_read_may_have_it_too(
    stores: ModelStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    report = put(stores, *({"a": 0.9, "b": score} for score in (0.9, 0.9, 0.1, 0.9)))
    since = drifted_since(stores, report)
    assert (since["a"].found_at, since["a"].at_least) == (BEGIN + DAY, True)
    assert (since["b"].found_at, since["b"].at_least) == (BEGIN + 3 * DAY, False)


def test_of_a_window_that_somebody_asked_for_it_is_not_known(stores: ModelStores) -> None:
    put(stores, {"a": 0.9})
    assert drifted_since(stores, put_window(stores, BEGIN, [column("a", 0.9)], occasion="asked")) == {}
