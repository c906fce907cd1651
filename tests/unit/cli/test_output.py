from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from cli.exits import Exit
from cli.output import Shown, show, to_json, working
from cli.rendering.tables import NOTHING, cell, facts, table
from keepfit.instants import Duration
from tests.unit.views.support import history


def test_structs_instants_and_durations_are_written_as_everywhere_else() -> None:
    document = {"run": history.a_run(), "window": Duration.parse("30d"), 3: datetime(2013, 1, 1, tzinfo=UTC)}
    written = json.loads(to_json(document))
    assert written["run"]["started_at"] == "2013-03-01T12:00:00.000000Z"
    assert (written["window"], written["3"]) == ("30d", "2013-01-01T00:00:00.000000Z")


def test_nan_is_never_printed_as_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json({"auc": float("nan")})


def test_hints_are_not_data(capsys: pytest.CaptureFixture[str]) -> None:
    show(Shown(document={}, parts=("the data",), hints=("a hint",)), as_json=False)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("the data\n", "a hint\n")


def test_programs_get_the_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    show(
        Shown(document={"a": 1}, parts=("for people",), hints=("a hint",), exit_code=Exit.REFUSED),
        as_json=True,
    )
    printed = capsys.readouterr()
    assert (json.loads(printed.out), printed.err) == ({"a": 1}, "")


def test_progress_goes_to_stderr_and_says_the_same_thing_once(capsys: pytest.CaptureFixture[str]) -> None:
    with working("waiting") as tell:
        tell("waiting")
        tell("training")
        tell("training")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "waiting\ntraining\n")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, NOTHING),
        ("", NOTHING),
        ([], NOTHING),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.67893, "0.6789"),
        ({"max_iter": 150, "learning_rate": 0.05}, "max_iter 150, learning_rate 0.05"),
        (["a", "b"], "a, b"),
        ("[red]x", "[red]x"),
        (datetime(2013, 1, 1, tzinfo=UTC), "2013-01-01 00:00:00"),
    ],
)
def test_values_are_written_for_people(value: object, words: str) -> None:
    assert cell(value).plain == words


def test_a_table_without_rows_says_what_that_means() -> None:
    console = Console(record=True, width=80)
    console.print(table("Runs", ["run"], [], empty="nobody asked for one"))
    console.print(facts("Run", [("outcome", None)]))
    text = console.export_text()
    assert "Runs: nobody asked for one" in text
    assert "outcome" in text
