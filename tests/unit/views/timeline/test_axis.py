"""By the clock things lie where they happened; by requests where the newest one was that was known then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from keepfit.views.timeline.axis import TimeAxis, likely_axis
from keepfit.views.timeline.stored_reports import StoredReport

DAY = timedelta(days=1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _report(ran_at: datetime, end: datetime) -> StoredReport:
    return StoredReport("", ran_at, (end - 30 * DAY, end))


LIVE = [_report(NOW + n * DAY, NOW + n * DAY - timedelta(hours=1)) for n in range(5)]
PAST = datetime(2013, 4, 1, tzinfo=UTC)
REPLAYED = [_report(NOW + n * timedelta(minutes=1), PAST + 30 * n * DAY) for n in range(5)]


def test_a_model_that_is_asked_about_the_present_is_laid_out_by_the_clock() -> None:
    assert likely_axis(LIVE) == "clock"
    assert likely_axis([]) == "clock"


def test_a_past_that_is_replayed_is_laid_out_by_its_requests() -> None:
    assert likely_axis(REPLAYED) == "requests"


def test_by_the_clock_an_instant_lies_where_it_is() -> None:
    assert TimeAxis.of("clock", LIVE).place(NOW + DAY / 3) == NOW + DAY / 3


def test_by_requests_what_was_done_lies_at_the_newest_request_that_was_known() -> None:
    axis = TimeAxis.of("requests", REPLAYED)
    assert axis.place(NOW + timedelta(seconds=90)) == PAST + 30 * DAY
    assert axis.place(NOW + timedelta(days=9)) == PAST + 120 * DAY


def test_by_requests_what_was_done_before_any_report_lies_where_its_window_begins() -> None:
    assert TimeAxis.of("requests", REPLAYED).place(NOW - DAY) == PAST - 30 * DAY


def test_a_report_on_an_older_window_takes_nothing_back() -> None:
    asked = _report(NOW + timedelta(minutes=2, seconds=30), PAST - 300 * DAY)
    axis = TimeAxis.of("requests", sorted([*REPLAYED, asked], key=lambda each: each.ran_at))
    assert axis.place(NOW + timedelta(minutes=2, seconds=40)) == PAST + 60 * DAY


def test_without_any_window_there_is_the_clock_alone() -> None:
    assert TimeAxis.of("requests", [StoredReport("", NOW, None)]).place(NOW) == NOW
