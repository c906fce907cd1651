"""The page of a timeline shows what is on record, on one axis, and needs nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec
import pytest

from cli.rendering.timeline_page import timeline_page
from keepfit.monitoring.outcomes.counts import ToldOutcomes
from keepfit.monitoring.outcomes.report import PerformanceReport, VersionPerformance
from keepfit.views.stores import ModelStores
from keepfit.views.timeline.period import Asked
from keepfit.views.timeline.timeline import Timeline, read_timeline
from tests.unit.pages.support.markup import Read, check_page, plots
from tests.unit.views.conftest import alarms, ledger, stores  # noqa: F401  a model in memory
from tests.unit.views.support.history import put_incident, put_run
from tests.unit.views.support.monitored import BEGIN, DAY, column, move, put_window, put_year

_MAX_BYTES = 3_000_000


def _measured(timeline: Timeline) -> Timeline:
    """The timeline with outcomes of every week."""
    versions = [
        VersionPerformance(
            version=1 if week < 13 else 2,
            period=BEGIN + 7 * week * DAY,
            predictions=2800,
            outcomes=2500,
            late=0,
            pending=300,
            overdue=0,
            value=0.75,
            interval=(0.73, 0.77),
        )
        for week in range(52)
    ]
    report = PerformanceReport(
        model="delay",
        ran_at=BEGIN,
        window=(BEGIN, BEGIN + 365 * DAY),
        as_of=BEGIN,
        by="week",
        metric="roc_auc",
        dataset="delay_outcomes",
        dataset_version=4,
        told=ToldOutcomes(),
        versions=versions,
    )
    return msgspec.structs.replace(timeline, performance=report)


def test_a_year_of_days_is_one_page_of_moderate_size(stores: ModelStores) -> None:  # noqa: F811
    put_year(stores)
    page = timeline_page(_measured(read_timeline(stores, Asked())))
    check_page(page)
    assert len(page.encode()) < _MAX_BYTES
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings[:5] == [
        "From alarm to gain",
        "What was done",
        "Drift",
        "Predicted probability",
        "Performance",
    ]
    assert "feature_3" in headings
    actions, drift, predicted, performance, *histograms = plots(page)
    assert len(histograms) == 6
    assert "trainings: 2026-04-01 by drift, released" in str(actions.get("aria-label"))
    assert "feature_3: worst 1.10, drifted in 9 of 365 windows, first to 2026-03-24" in str(
        drift.get("aria-label")
    )
    assert "365 values" in str(predicted.get("aria-label"))
    assert "version 2: 39 values" in str(performance.get("aria-label"))
    text = Read(page).text
    for words in ("2026-03-24 00:00", "feature_3", "released", "version 2", "2026-04-02 00:00", "+0.0125"):
        assert words in text


def test_without_outcomes_what_is_estimated_stands_alone(stores: ModelStores) -> None:  # noqa: F811
    put_year(stores, days=5)
    found = read_timeline(stores, Asked())
    page = timeline_page(msgspec.structs.replace(found, performance_note="no outcomes"))
    assert "estimated: 5 values" in str(plots(page)[3].get("aria-label"))
    assert "no outcomes" in Read(page).text


@pytest.mark.parametrize("reports", [0, 1])
def test_few_reports_or_none_make_a_page_too(stores: ModelStores, reports: int) -> None:  # noqa: F811
    put_run(stores, started_at=BEGIN)
    for day in range(reports):
        put_window(stores, BEGIN + day * DAY, [column("pressure", 0.9)])
    page = timeline_page(read_timeline(stores, Asked()))
    check_page(page)
    assert ("Drift" in re.findall(r"<h2>(.*?)</h2>", page)) == bool(reports)


def test_of_a_model_that_nothing_happened_to_the_page_says_so(stores: ModelStores) -> None:  # noqa: F811
    page = timeline_page(read_timeline(stores, Asked()))
    check_page(page)
    assert "Nothing happened yet." in page


def test_names_and_reasons_of_users_are_text(stores: ModelStores) -> None:  # noqa: F811
    put_window(stores, BEGIN, [column("<script>$x$", 0.9, labels=["<b>", "&", "missing"])])
    put_incident(stores, opened_at=BEGIN, reason="<img src=x>")
    put_run(stores, started_at=BEGIN, reason="<i>")
    page = timeline_page(read_timeline(stores, Asked()))
    check_page(page)
    assert {"<script>$x$", "<img src=x>"} <= set(re.findall(r"<script>\$x\$|<img src=x>", Read(page).text))


def test_a_replayed_past_says_by_what_it_is_laid_out(stores: ModelStores) -> None:  # noqa: F811
    for month in range(3):
        ran_at = BEGIN + 4000 * DAY + month * timedelta(minutes=1)
        put_window(stores, BEGIN + 30 * month * DAY, [column("pressure", 0.9)], ran_at=ran_at)
    move(stores, BEGIN + 4000 * DAY + timedelta(seconds=30), 2)
    page = timeline_page(read_timeline(stores, Asked()))
    assert "by the time of requests" in page
    [episode] = re.findall(r"<tr><td>(\S+ \S+)</td><td>keepfit-delay-drift</td>", page)
    assert episode == "2026-01-01 00:00"
    assert '<th scope="col">requests to</th>' in page
