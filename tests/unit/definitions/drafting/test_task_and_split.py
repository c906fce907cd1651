from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from keepfit.errors import RefusedDraft
from tests.unit.definitions.drafting.tables import chosen, days, drafted, noisy

ROWS = 400


def _with_label(values: list[Any]) -> dict[str, list[Any]]:
    return {"distance": noisy(len(values))["distance"], "answer": values}


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([row % 2 for row in range(ROWS)], "binary"),
        (["good" if row % 3 else "bad" for row in range(ROWS)], "binary"),
        ([["red", "green", "blue"][row % 3] for row in range(ROWS)], "multiclass"),
        ([row % 5 + 1 for row in range(ROWS)], "multiclass"),
        ([row % 40 for row in range(ROWS)], "regression"),
        ([row * 0.37 % 11 for row in range(ROWS)], "regression"),
    ],
    ids=["0 and 1", "two words", "three words", "five numbers", "forty numbers", "fractions"],
)
def test_the_label_decides_the_task(tmp_path: Path, values: list[Any], task: str) -> None:
    assert chosen(drafted(tmp_path, _with_label(values), "answer"), "task") == task


def test_a_person_decides_otherwise(tmp_path: Path) -> None:
    table = _with_label([row % 5 + 1 for row in range(ROWS)])
    assert chosen(drafted(tmp_path, table, "answer", task="regression"), "task") == "regression"


@pytest.mark.parametrize(
    ("values", "helps"),
    [
        ([row % 2 for row in range(60)], "add rows"),
        ([row % 2 if row < 60 else None for row in range(ROWS)], "known in 60 of 400 rows"),
        ([None] * ROWS, "is empty in every row"),
        ([1] * ROWS, "nothing to tell apart"),
        ([int(row < 4) for row in range(ROWS)], "add rows with that answer"),
        (list(range(ROWS)), "counts the rows"),
        ([f"A{row * 7919 % 100_003}" for row in range(ROWS)], "a name of each row"),
        ([f"a{row % 600}" for row in range(1800)], "at most 500 classes"),
        (days(ROWS), "is a time"),
    ],
    ids=[
        "few rows",
        "few labels",
        "no label",
        "one class",
        "rare class",
        "counter",
        "names",
        "600 classes",
        "times",
    ],
)
def test_what_cannot_be_learned_is_refused_with_what_would_help(
    tmp_path: Path, values: list[Any], helps: str
) -> None:
    with pytest.raises(RefusedDraft, match=helps):
        drafted(tmp_path, _with_label(values), "answer")


def test_a_task_that_the_label_cannot_have_is_refused(tmp_path: Path) -> None:
    table = _with_label([["red", "green", "blue"][row % 3] for row in range(ROWS)])
    with pytest.raises(RefusedDraft, match="words, such as 'red'"):
        drafted(tmp_path, table, "answer", task="regression")
    with pytest.raises(RefusedDraft, match="--task binary has two"):
        drafted(tmp_path, table, "answer", task="binary")


def test_a_column_that_is_not_there_is_told_with_the_one_like_it(tmp_path: Path) -> None:
    with pytest.raises(RefusedDraft, match="did you mean 'late'"):
        drafted(tmp_path, noisy(ROWS), "lat")
    assert chosen(drafted(tmp_path, noisy(ROWS), " LATE "), "label") == "late"


def test_a_file_without_a_header_is_told_so(tmp_path: Path) -> None:
    table = {"0.25": noisy(ROWS)["distance"], "17": noisy(ROWS)["late"]}
    with pytest.raises(RefusedDraft, match="these are numbers, so the file seems to lack a header"):
        drafted(tmp_path, table, "late")


def test_a_file_of_a_label_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedDraft, match="no column beside late"):
        drafted(tmp_path, {"late": noisy(ROWS)["late"]}, "late")
    with pytest.raises(RefusedDraft, match="nothing is left to predict late from: number counts the rows"):
        drafted(tmp_path, {"number": range(ROWS), "late": noisy(ROWS)["late"]}, "late")


def test_rows_with_a_time_are_judged_by_the_newest(tmp_path: Path) -> None:
    draft = drafted(tmp_path, {"day": days(ROWS), **noisy(ROWS)}, "late")
    assert (chosen(draft, "event_time"), chosen(draft, "split")) == ("day", "time")


def test_rows_without_a_time_are_judged_by_chance(tmp_path: Path) -> None:
    draft = drafted(tmp_path, noisy(ROWS), "late")
    assert (chosen(draft, "event_time"), chosen(draft, "split")) == (None, "random")
    draft = drafted(tmp_path, {"day": days(ROWS), **noisy(ROWS)}, "late", timeless=True)
    assert (chosen(draft, "event_time"), chosen(draft, "split")) == (None, "random")


def test_the_newest_rows_do_not_judge_where_they_lack_an_answer(tmp_path: Path) -> None:
    table = {"day": days(ROWS), "answer": [int(row < ROWS // 2) for row in range(ROWS)], **noisy(ROWS)}
    draft = drafted(tmp_path, table, "answer")
    assert (chosen(draft, "event_time"), chosen(draft, "split")) == ("day", "random")


def test_births_and_times_to_come_are_not_when_a_row_happened(tmp_path: Path) -> None:
    table = {"birth_date": days(ROWS), "due": ["2999-01-01", *days(ROWS - 1)], **noisy(ROWS)}
    assert chosen(drafted(tmp_path, table, "late"), "event_time") is None
    assert chosen(drafted(tmp_path, table, "late", time="birth_date"), "event_time") == "birth_date"


def test_of_several_times_the_one_that_is_called_a_time_of_the_row_counts(tmp_path: Path) -> None:
    table = {"member_since": days(ROWS), "order_date": days(ROWS + 9)[9:], **noisy(ROWS)}
    assert chosen(drafted(tmp_path, table, "late"), "event_time") == "order_date"
    table = {"opened": days(ROWS), "due": days(ROWS)[::-1], **noisy(ROWS)}
    assert chosen(drafted(tmp_path, table, "late"), "event_time") == "opened"


@pytest.mark.parametrize("wanted", ["distance", "gappy"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, wanted: str) -> None:
    table = {"gappy": [None, *days(ROWS - 1)[:-20], *[None] * 20], **noisy(ROWS)}
    with pytest.raises(RefusedDraft, match=f"^{wanted} (holds no times|is empty in 21 of 400 rows)"):
        drafted(tmp_path, table, "late", time=wanted)


def test_an_entity_is_judged_on_rows_of_others(tmp_path: Path) -> None:
    draw = random.Random(1)
    table = {"shop": [draw.randrange(9) for _ in range(ROWS)], **noisy(ROWS)}
    assert chosen(drafted(tmp_path, table, "late"), "split") == "random"
    assert chosen(drafted(tmp_path, table, "late", entity="shop"), "split") == "group:shop"


def test_what_is_predicted_is_never_what_a_row_is_about(tmp_path: Path) -> None:
    table = {"patient_id": [f"p{row % 30}" for row in range(ROWS)], **noisy(ROWS)}
    assert chosen(drafted(tmp_path, table, "patient_id"), "split") == "random"
    with pytest.raises(RefusedDraft, match="is the label"):
        drafted(tmp_path, table, "patient_id", entity="patient_id")


def test_small_tables_have_lower_limits_and_larger_ones_the_usual(tmp_path: Path) -> None:
    keys = ("minimum_rows", "minimum_holdout_rows", "minimum_holdout_of_each_class")
    small = drafted(tmp_path, {**noisy(110), "answer": [row % 6 == 0 for row in range(110)]}, "answer")
    assert [chosen(small, key) for key in keys] == [55, 11, 1]
    large = drafted(tmp_path, noisy(400), "late")
    assert [chosen(large, key) for key in keys] == [None, None, None]


def test_rare_truths_are_judged_by_a_metric_of_them(tmp_path: Path) -> None:
    table = _with_label([row % 200 == 0 for row in range(5 * ROWS)])
    assert chosen(drafted(tmp_path, table, "answer"), "metric") == "average_precision"
    table = _with_label([row % 200 != 0 for row in range(5 * ROWS)])
    assert chosen(drafted(tmp_path, table, "answer"), "metric") == "roc_auc"
