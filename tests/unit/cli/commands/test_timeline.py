"""`keepfit timeline` tells what happened to a model, in words, as a document and as a page."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cli.exits import CommandError, Exit
from keepfit.errors import Terminal
from keepfit.monitoring.outcomes.counts import ToldOutcomes
from keepfit.monitoring.outcomes.report import PerformanceReport, VersionPerformance
from keepfit.monitoring.reports.report import DriftReport
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.views.support.monitored import BEGIN, DAY, column, put_window, put_year


@pytest.fixture
def monitor(stores: ModelStores, invoked: Invoked) -> Invoked:
    versions = [
        VersionPerformance(
            version=1,
            period=BEGIN + day * DAY,
            predictions=400,
            outcomes=300,
            late=0,
            pending=0,
            overdue=0,
            value=0.75,
            interval=(0.7, 0.8),
        )
        for day in range(-60, 20)
    ]
    report = PerformanceReport(
        model="delay",
        ran_at=BEGIN,
        window=(BEGIN, BEGIN + 20 * DAY),
        as_of=BEGIN,
        by="day",
        metric="roc_auc",
        dataset="delay_outcomes",
        dataset_version=4,
        told=ToldOutcomes(),
        versions=versions,
    )
    invoked.answers["monitor"] = msgspec.to_builtins(report)
    return invoked


def test_what_happened_is_told_in_words_and_as_a_document(
    keepfit: Keepfit, stores: ModelStores, monitor: Invoked
) -> None:
    put_year(stores, days=92, features=4)
    shown = " ".join(keepfit("timeline", "delay").stdout.split())
    for words in (
        "From alarm to gain",
        "feature_3",
        "released",
        "version 2",
        "+0.0125",
        "canary version 2, 10%",
    ):
        assert words in shown
    document = keepfit("timeline", "delay", "--json").json
    assert [episode["released"] for episode in document["episodes"]] == [[2]]
    assert document["columns"][0]["column"] == "feature_3"


def test_performance_is_measured_over_the_time_that_is_shown(
    keepfit: Keepfit, stores: ModelStores, monitor: Invoked
) -> None:
    for day in range(20):
        put_window(stores, BEGIN + day * DAY, [column("pressure", 0.1)])
    found = keepfit("timeline", "delay", "--since", "5d", "--json").json["performance"]
    assert monitor.calls == [("monitor", {"performance": {"window": "7d", "by": "day"}})]
    periods = [each["period"][:10] for each in found["versions"]]
    assert (periods[0], periods[-1]) == ("2026-01-14", "2026-01-20")


@pytest.mark.parametrize(
    ("days", "rows", "by"),
    [(3, 24 * 400, "hour"), (20, 24 * 400, "day"), (20, 40, "week"), (150, 400, "week")],
)
def test_periods_are_as_short_as_rows_and_the_page_allow(
    keepfit: Keepfit, stores: ModelStores, monitor: Invoked, days: int, rows: int, by: str
) -> None:
    drift = DriftReport(rows=rows, reference_rows=1000, threshold=0.25, columns=[], skipped={})
    for day in (0, days):
        put_window(stores, BEGIN + day * DAY, [], drift=drift)
    keepfit("timeline", "delay")
    [(_, event)] = monitor.calls
    assert event["performance"]["by"] == by


@pytest.mark.parametrize(
    "error", [CommandError("it ran out of memory", Exit.FAILED), Terminal("you may not call it")], ids=str
)
def test_where_the_monitor_cannot_measure_the_rest_is_told_with_the_reason(
    keepfit: Keepfit, stores: ModelStores, monitor: Invoked, error: Exception
) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.1)])
    monitor.answers["monitor"] = error
    answer = keepfit("timeline", "delay")
    assert answer.exit_code == 0
    assert f"could not be measured: {error}" in answer.stdout


def test_of_a_model_without_any_report_nothing_is_measured(
    keepfit: Keepfit, stores: ModelStores, monitor: Invoked
) -> None:
    answer = keepfit("timeline", "delay")
    assert monitor.calls == []
    assert "nothing happened yet" in answer.stdout
    assert "has reported on no requests" in answer.stdout


def test_it_can_be_kept_as_a_page(
    keepfit: Keepfit, stores: ModelStores, monitor: Invoked, tmp_path: Path
) -> None:
    put_window(stores, BEGIN, [column("pressure", 0.9)])
    page = tmp_path / "timeline.html"
    assert str(page) in keepfit("timeline", "delay", "--html", str(page)).stderr
    assert "Timeline of delay" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "soon"], "--since 'soon' is no instant of ISO 8601, and no length such as 90d"),
        (["--until", "90d"], "--until '90d' is no instant of ISO 8601"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "--since lies after --until"),
        (["--axis", "sundial"], "sundial"),
    ],
)
def test_a_time_that_is_none_is_refused(
    keepfit: Keepfit, stores: ModelStores, monitor: Invoked, options: list[str], said: str
) -> None:
    answer = keepfit("timeline", "delay", *options)
    assert (answer.exit_code, monitor.calls) == (2, [])
    assert said in answer.stderr
