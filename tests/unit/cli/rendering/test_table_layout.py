"""Tables on terminals of several widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cli.rendering.tables import table
from replay.results import MonthResult, YearResult
from replay.results import table as year_table
from tests.unit.replay.test_results import DAY, GAIN

COLUMNS = ["model", "run", "asked by", "reason"]
ROW = (
    "flight_delay",
    "20261123T114300-61bb32b6",
    "alarm (keepfit-flight_delay-drift)",
    "the champion is as good as the best challenger",
)
WORDS = {word for value in (*COLUMNS, *ROW) for word in value.split()}


def drawn(renderable: object, width: int) -> str:
    text = io.StringIO()
    Console(file=text, width=width).print(renderable)
    return text.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_no_word_is_cut_in_two_and_no_line_is_too_long(width: int) -> None:
    shown = drawn(table("Runs", COLUMNS, [ROW, ROW]), width)
    assert set(shown.split()) >= WORDS
    assert max(map(len, shown.splitlines())) <= width


def test_where_words_do_not_fit_side_by_side_each_row_is_told_line_by_line() -> None:
    lines = [line.rstrip() for line in drawn(table("Runs", COLUMNS, [ROW, ROW]), 60).splitlines()]
    assert lines[0] == "Runs"
    assert lines[1:5] == lines[6:10]
    assert [line.split()[0] for line in lines[1:3]] == ["model", "run"]


def test_a_table_that_fits_breaks_no_line() -> None:
    assert ROW[3] in drawn(table("Runs", COLUMNS, [ROW]), 200)


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    assert "[red]" in drawn(table("Runs", ["reason"], [("[red]",)]), 20)


def test_the_demo_s_months_fit_a_terminal_of_80_columns() -> None:
    month = MonthResult(
        month=3,
        requests=2000,
        failed_requests=0,
        worst_drift=0.91,
        worst_input="predicted probability",
        drifted=["predicted probability", "pressure", "visib", "humid"],
        alarm=True,
        retrained=["released v2"],
        released=[2],
        asked_by=["alarm"],
        suppressed=[],
        champion=1,
        auc=0.7,
        auc_frozen=0.7,
        seconds=1,
    )
    year = YearResult(
        seed=0,
        months=[month],
        gains=[GAIN],
        real_time=DAY,
        champions=[],
        upload_to_release_seconds=1,
        upload_to_release_rows=1,
        seconds=1,
    )
    shown = drawn(year_table(year), 80)
    assert {"requests", "champion", "drifted", "probability,", "released", "ALARM", "Mar", "+0.013"} <= set(
        shown.split()
    )
    assert max(map(len, shown.splitlines())) <= 80
    assert "mean" in shown.split()  # which stands below a table alone
