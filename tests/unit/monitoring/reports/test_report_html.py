"""The page shows every column, the worst first, and needs nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift.decision import Threshold
from keepfit.monitoring.estimation.estimate import Estimate, EstimatedPerformance
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.monitoring.reports.report import Collected, MonitoringReport, read_report
from keepfit.monitoring.reports.report_html import to_html
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import BINARY
from tests.unit.pages.support.markup import check_page, plots, well_formed

TASK = task_of(BINARY)

DAY = datetime(2013, 2, 1, tzinfo=UTC)


@pytest.fixture
def report() -> MonitoringReport:
    random = np.random.default_rng(0)
    carriers = [f"<{n}>" for n in range(40)]
    reference = profile_of(
        {"distance": random.normal(size=4000), "carrier & co": random.choice(carriers, size=4000)},
        {"distance": "float", "carrier & co": "category"},
    ).with_outputs(TASK, random.uniform(size=500))
    window = reference.counts_of(
        {"distance": random.normal(loc=3, size=400), "carrier & co": random.choice(carriers, size=400)}
    )
    return MonitoringReport(
        model="m",
        ran_at=DAY,
        occasion="watch",
        window=(DAY, DAY),
        threshold=0.25,
        minimum_rows=50,
        alarm="a",
        alarm_standing_since=None,
        collected=Collected(),
        champion=3,
        rows_by_version={3: 400},
        drift=compare(reference, window, Threshold(limit=0.25, minimum_rows=50)),
    )


def test_the_worst_column_comes_first_with_a_pair_of_bars_per_bin(report: MonitoringReport) -> None:
    page = to_html(report)
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["distance", "carrier &amp; co", "Not judged"]
    distance, carrier = plots(page)
    assert str(distance.get("aria-label")).count("%") == 2 * 11
    assert str(carrier.get("aria-label")).count("%") == 2 * 24


def test_the_verdict_is_said_in_words(report: MonitoringReport) -> None:
    assert "1 drifted: distance." in to_html(report)
    assert "training data of version 3" in to_html(report)


def test_the_page_holds_all_it_needs(report: MonitoringReport) -> None:
    check_page(to_html(report))


def test_shares_can_be_read_without_a_pointer(report: MonitoringReport) -> None:
    first = well_formed(to_html(report)).find(".//details//tbody/tr")
    assert first is not None
    label, reference, window = [str(cell.text) for cell in first]
    assert label
    assert reference.endswith("%")
    assert window.endswith("%")


def test_names_and_values_of_users_are_text(report: MonitoringReport) -> None:
    assert re.search(r"&lt;\d+&gt;", to_html(report))
    assert not re.search(r"<\d+>", to_html(report))


def test_a_report_without_a_comparison_says_why(report: MonitoringReport) -> None:
    empty = msgspec.structs.replace(report, drift=None, nothing_compared="no prediction was collected yet")
    assert "Nothing was compared: no prediction was collected yet." in to_html(empty)


def test_a_report_of_before_there_was_a_choice_of_statistics_is_read_as_it_was_meant(
    report: MonitoringReport,
) -> None:
    assert report.drift is not None
    old = msgspec.to_builtins(report)
    del old["schema"]
    for column in old["drift"]["columns"]:
        column["psi"] = column.pop("value")
        del column["statistic"]
    read = read_report(msgspec.json.encode(old))
    assert read == report
    assert read_report(msgspec.json.encode(report)) == report


def test_the_estimated_performance_is_among_the_facts_or_why_there_is_none(report: MonitoringReport) -> None:
    found = EstimatedPerformance(
        metric="roc_auc",
        rows=400,
        estimate=Estimate(value=0.75, interval=(0.7, 0.8)),
        judged=0.8125,
        method="By <probabilities>.",
    )
    page = to_html(msgspec.structs.replace(report, estimated=found))
    assert "roc_auc 0.7500 (0.7000 to 0.8000); 0.8125 when judged" in page
    assert "By &lt;probabilities&gt;." in page
    none = EstimatedPerformance(metric="roc_auc", rows=3, note="3 answers of this version")
    assert "not: 3 answers of this version" in to_html(msgspec.structs.replace(report, estimated=none))
