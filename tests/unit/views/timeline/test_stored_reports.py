"""Reports are found by their keys, thinned evenly, and read many at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepfit.monitoring.reports.report import report_key
from keepfit.views.stores import ModelStores
from keepfit.views.timeline.stored_reports import StoredReport, read_reports, stored_reports, thinned
from tests.unit.views.support.history import MODEL
from tests.unit.views.support.monitored import BEGIN, DAY, column, put_window


def test_names_of_batches_beside_the_reports_are_not_taken_for_some(stores: ModelStores) -> None:
    report = put_window(stores, BEGIN, [column("pressure", 0.1)])
    stores.lake.put(f"monitoring/{MODEL}/batches/2026-01-01", b"")
    [found] = stored_reports(stores.lake, MODEL)
    assert found == (report_key(report), report.ran_at, report.window)


def test_a_report_without_a_window_is_one_too(stores: ModelStores) -> None:
    put_window(stores, BEGIN, [], ran_at=BEGIN, window=None, drift=None)
    [found] = stored_reports(stores.lake, MODEL)
    assert (found.ran_at, found.window) == (BEGIN, None)


def test_reports_come_in_the_order_in_which_the_monitor_ran(stores: ModelStores) -> None:
    for ran_at, end in ((BEGIN + 2 * DAY, BEGIN), (BEGIN + DAY, BEGIN + DAY)):
        put_window(stores, end, [], ran_at=ran_at)
    assert [each.ran_at for each in stored_reports(stores.lake, MODEL)] == [BEGIN + DAY, BEGIN + 2 * DAY]


def test_a_report_that_has_expired_since_it_was_listed_is_left_out(stores: ModelStores) -> None:
    report = put_window(stores, BEGIN, [])
    listed = stored_reports(stores.lake, MODEL)
    gone = StoredReport("monitoring/delay/gone.json", BEGIN, None)
    assert read_reports(stores.lake, [gone, *listed]) == [report]


instants = st.integers(0, 365 * 24).map(lambda hours: BEGIN + timedelta(hours=hours))


@given(ran_at=st.lists(instants, min_size=1, max_size=60), most=st.integers(1, 20))
def test_thinning_keeps_the_last_report_and_one_of_each_part(ran_at: list[datetime], most: int) -> None:
    reports = [StoredReport(str(at), at, None) for at in sorted(ran_at)]
    kept = thinned(reports, most)
    assert kept[-1] == reports[-1]
    assert [each.ran_at for each in kept] == sorted(each.ran_at for each in kept)
    if len(reports) <= most:
        assert kept == reports
        return
    hours = [(each.ran_at - reports[0].ran_at) // timedelta(hours=1) for each in reports]
    assert len(kept) == len({min(hour * most // max(hours[-1], 1), most - 1) for hour in hours})
