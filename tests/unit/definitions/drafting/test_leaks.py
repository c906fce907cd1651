from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.unit.definitions.drafting.tables import column, days, drafted, left_out, noisy

ROWS = 1200


def _late(table: dict[str, list[Any]]) -> list[bool]:
    return [value == "yes" for value in table["late"]]


def test_the_label_in_other_words_is_left_out(tmp_path: Path) -> None:
    table = noisy(ROWS)
    words = ["delayed" if late else "on time" for late in _late(table)]
    out = left_out(drafted(tmp_path, {**table, "status": words}, "late"))
    assert out == {"status": "says the same as late: each of its values goes with one of late"}


def test_a_number_that_the_label_is_cut_from_is_left_out(tmp_path: Path) -> None:
    table, draw = noisy(ROWS), random.Random(1)
    delay = [draw.uniform(15.1, 90) if late else draw.uniform(-20, 14.9) for late in _late(table)]
    out = left_out(drafted(tmp_path, {**table, "delay": delay}, "late"))
    assert list(out) == ["delay"]
    assert out["delay"].startswith("tells late by itself: right for ")


def test_a_column_with_many_words_of_which_each_belongs_to_one_answer_is_left_out(tmp_path: Path) -> None:
    table, draw = noisy(ROWS), random.Random(1)
    cause = [draw.choice(["fog", "strike", "snow"] if late else ["none", "-", "ok"]) for late in _late(table)]
    assert list(left_out(drafted(tmp_path, {**table, "cause": cause}, "late"))) == ["cause"]


def test_a_column_that_is_filled_only_for_one_answer_is_left_out(tmp_path: Path) -> None:
    table, draw = noisy(ROWS), random.Random(1)
    refund = [draw.uniform(1, 9) if late and draw.random() < 0.5 else None for late in _late(table)]
    out = left_out(drafted(tmp_path, {**table, "refund": refund}, "late"))
    assert out["refund"].startswith("is filled only where late has one value")


def test_a_column_that_comes_with_the_label_is_left_out(tmp_path: Path) -> None:
    table, draw = noisy(ROWS), random.Random(1)
    known = [row % 10 != 0 for row in range(ROWS)]
    table["late"] = [value if there else None for value, there in zip(table["late"], known, strict=True)]
    table["surveyed"] = [draw.random() if there else None for there in known]
    out = left_out(drafted(tmp_path, table, "late"))
    assert out == {"surveyed": "is filled only where late is known, so it comes with the answer"}


def test_rows_that_are_empty_altogether_accuse_no_column(tmp_path: Path) -> None:
    table = noisy(ROWS)
    empty = {
        name: [None if row % 10 == 0 else value for row, value in enumerate(values)]
        for name, values in table.items()
    }
    assert left_out(drafted(tmp_path, empty, "late")) == {}


def test_gaps_that_say_nothing_of_the_label_are_fine(tmp_path: Path) -> None:
    table, draw = noisy(ROWS), random.Random(1)
    table["income"] = [draw.random() if draw.random() < 0.7 else None for _ in range(ROWS)]
    assert left_out(drafted(tmp_path, table, "late")) == {}


def test_a_measure_that_parts_two_classes_of_a_small_table_cleanly_is_kept_with_a_warning(
    tmp_path: Path,
) -> None:
    draw = random.Random(1)
    kinds = ["setosa" if row % 3 == 0 else "other" for row in range(150)]
    petal = [draw.uniform(1, 1.9) if kind == "setosa" else draw.uniform(3, 7) for kind in kinds]
    sepal = [draw.gauss(5 if kind == "setosa" else 6, 0.5) for kind in kinds]
    draft = drafted(tmp_path, {"petal": petal, "sepal": sepal, "kind": kinds}, "kind")
    assert left_out(draft) == {}
    assert [warning.split()[0] for warning in draft.warnings] == ["petal"]


def test_a_measure_that_is_nothing_for_one_answer_only_is_left_out(tmp_path: Path) -> None:
    table, draw = noisy(300), random.Random(1)
    minutes = [draw.uniform(1, 90) if late else 0 for late in _late(table)]
    out = left_out(drafted(tmp_path, {**table, "minutes": minutes}, "late"))
    assert out == {"minutes": "is 0 for one answer of late, and never 0 for the other"}


def test_strong_but_imperfect_columns_are_kept(tmp_path: Path) -> None:
    table, draw = noisy(ROWS), random.Random(1)
    table["score"] = [draw.gauss(3 if late else 0, 1) for late in _late(table)]
    assert left_out(drafted(tmp_path, table, "late")) == {}


def test_chance_is_no_leak_however_rare_an_answer_is(tmp_path: Path) -> None:
    draw = random.Random(4)
    table = {f"x{number}": [draw.random() for _ in range(ROWS)] for number in range(12)}
    table["tag"] = [draw.randrange(500) for _ in range(ROWS)]
    rare = [row % 100 == 0 for row in range(ROWS)]
    assert left_out(drafted(tmp_path, {**table, "rare": rare}, "rare")) == {}


def test_times_after_the_event_are_left_out(tmp_path: Path) -> None:
    table = noisy(ROWS) | {
        "started_at": days(ROWS),
        "ended_at": days(ROWS + 2)[2:],
        "opened": days(ROWS)[::-1],
    }
    draft = drafted(tmp_path, table, "late", time="started_at")
    assert left_out(draft) == {
        "ended_at": "is later than started_at in 100% of rows: not known yet when somebody asks"
    }


@pytest.mark.parametrize(
    ("columns", "leaks"),
    [
        ({"cents": lambda price, _: price * 100}, {"cents"}),
        ({"rank": lambda price, _: price**3}, {"rank"}),
        (
            {"casual": lambda _, part: part, "members": lambda price, part: round(price - part, 2)},
            {"casual", "members"},
        ),
        ({"each": lambda price, part: price / part, "many": lambda _, part: part}, {"each", "many"}),
        (
            {
                "a": lambda _, part: part,
                "b": lambda price, part: round(price - part, 2),
                "c": lambda _, part: 3 * part,
                "d": lambda price, part: round(price - 3 * part, 2),
            },
            {"a", "b", "c", "d"},
        ),
        ({"near": lambda price, part: price + part / 3}, set()),
    ],
    ids=["unit", "power", "sum", "product", "two sums", "noise"],
)
def test_what_a_number_is_made_of_is_left_out(
    tmp_path: Path, columns: dict[str, Any], leaks: set[str]
) -> None:
    draw = random.Random(5)
    price = [round(draw.uniform(5, 50), 2) for _ in range(ROWS)]
    part = [round(draw.uniform(1, 4), 2) for _ in range(ROWS)]
    made = {name: [make(*pair) for pair in zip(price, part, strict=True)] for name, make in columns.items()}
    other = [draw.random() for _ in range(ROWS)]
    draft = drafted(tmp_path, {**made, "other": other, "price": price}, "price")
    assert set(left_out(draft)) == leaks
    assert column(draft, "other").use == "input"
