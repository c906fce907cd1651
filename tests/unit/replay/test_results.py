"""The demo prints its year."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from keepfit.registry.gain import LaterGain
from replay import report_html
from replay.results import DayResult, MonthResult, YearResult, day_table, table
from tests.unit.pages.support.markup import check_page, plots


def _month(month: int, auc: float, frozen: float, retrained: str | None = None) -> MonthResult:
    return MonthResult(
        month=month,
        requests=2000,
        failed_requests=0,
        worst_drift=0.7 if retrained else 0.1,
        worst_input="pressure",
        drifted=["pressure"] if retrained else [],
        alarm=retrained is not None,
        retrained=[retrained] if retrained else [],
        released=[2] if retrained else [],
        asked_by=["alarm"] if retrained else [],
        suppressed=[],
        champion=1,
        auc=auc,
        auc_frozen=frozen,
        seconds=10.0,
    )


DAY = DayResult(
    day="2013-12-30",
    rows_written=1025,
    requests=242,
    compared=242,
    equal=241,
    differing=[{"carrier": "UA"}],
    p50_ms=9.5,
    p99_ms=21.0,
    write_p50_ms=120.0,
    versions={"carrier_delays": 40, "origin_weather": 38},
    materialize_seconds=9.0,
    seconds=30.0,
)


GAIN = LaterGain(
    version=2,
    before=1,
    cause="drift",
    run_id="r",
    measured_at=datetime(2026, 1, 1, tzinfo=UTC),
    metric="roc_auc",
    gain=0.0125,
    interval=(0.004, 0.021),
    value=0.75,
    value_before=0.7375,
    rows=1234,
)


@pytest.fixture
def year() -> YearResult:
    return YearResult(
        seed=0,
        months=[_month(3, 0.70, 0.70, "released v2"), _month(4, 0.72, 0.64)],
        gains=[GAIN],
        champions=[],
        real_time=DAY,
        upload_to_release_seconds=15.0,
        upload_to_release_rows=50_000,
        seconds=60.0,
    )


def test_the_document_holds_each_month_and_the_means(year: YearResult) -> None:
    document = json.loads(json.dumps(year.document()))
    assert [month["month"] for month in document["months"]] == [3, 4]
    assert document["mean_auc"] == pytest.approx(0.71)
    assert document["mean_auc_frozen"] == pytest.approx(0.67)
    assert document["retrainings_by_alarm"] == 1


def test_the_table_has_a_row_a_month_and_the_means_below(year: YearResult) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(year))
    shown = console.export_text()
    assert "released v2" in shown
    assert "0.7100" in shown
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("│")] == ["Mar", "Apr", "mean"]


def test_the_day_says_how_many_answers_were_those_to_whole_instances() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(day_table(DAY))
    shown = console.export_text()
    assert "241 of 242" in shown
    assert "9.5 and 21 ms" in shown


def test_the_page_holds_all_it_needs(year: YearResult) -> None:
    page = report_html.year_page(year, threshold=0.5)
    check_page(page)
    assert "241 of 242 answers" in page
    auc, drift = plots(page)
    assert str(auc.get("aria-label")).startswith("ROC AUC; kept fit: Mar 0.700, Apr 0.720")
    assert "(released v2)" in str(drift.get("aria-label"))


def test_what_models_are_called_cannot_break_the_page() -> None:
    hostile = _month(3, 0.7, 0.6, "<b>released</b>")
    year = YearResult(
        seed=0,
        months=[hostile],
        gains=[],
        champions=[],
        real_time=DAY,
        upload_to_release_seconds=1,
        upload_to_release_rows=1,
        seconds=1,
    )
    assert "<b>" not in report_html.year_page(year, threshold=0.5)


def test_a_gain_stands_in_the_row_of_the_month_that_released_the_version(year: YearResult) -> None:
    assert [year.gained(month) for month in year.months] == ["+0.013 (+0.004 to +0.021)", ""]
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(year))
    march = next(line for line in console.export_text().splitlines() if "Mar" in line)
    assert "+0.013 (+0.004 to +0.021)" in march
    assert "+0.013 (+0.004 to +0.021)" in report_html.year_page(year, 0.25)
    [gain] = json.loads(json.dumps(year.document()))["gains"]
    assert (gain["version"], gain["rows"]) == (2, 1234)
