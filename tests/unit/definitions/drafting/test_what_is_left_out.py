from __future__ import annotations

import random
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.unit.definitions.drafting.tables import chosen, column, days, drafted, left_out, noisy

ROWS = 400


def test_columns_that_tell_something_of_the_label_are_inputs(tmp_path: Path) -> None:
    draft = drafted(tmp_path, noisy(ROWS), "late")
    assert left_out(draft) == {}
    assert draft.warnings == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (range(ROWS), "counts the rows"),
        (range(ROWS, 0, -1), "counts the rows"),
        ([3 * row + row % 2 for row in range(ROWS)], "counts the rows"),
        (
            [uuid.UUID(int=row * 2**64 + 7) for row in range(ROWS)],
            "names the row: 400 different values in 400 rows",
        ),
        ([f"AB-{row * 7919 % 100_003:06}-X" for row in range(ROWS)], "names the row"),
        ([f"person{row}@example.org" for row in range(ROWS)], "names the row"),
        (["Anvers"] * ROWS, "is Anvers in every row"),
        ([None] * ROWS, "is empty in every row"),
    ],
    ids=["counter", "counter down", "rising", "uuid", "code", "email", "constant", "empty"],
)
def test_what_nothing_can_be_learned_from_is_left_out(tmp_path: Path, values: Any, reason: str) -> None:
    draft = drafted(tmp_path, {"it": list(values), **noisy(ROWS)}, "late")
    assert left_out(draft)["it"].startswith(reason)


def test_measures_that_never_repeat_are_no_identifiers(tmp_path: Path) -> None:
    draw = random.Random(1)
    measures = {
        "weight": [draw.random() for _ in range(ROWS)],
        "population": draw.sample(range(10_000, 9_000_000), ROWS),
        "day": days(ROWS),
    }
    assert left_out(drafted(tmp_path, {**measures, **noisy(ROWS)}, "late")) == {}


def test_a_column_named_as_an_identifier_is_one_when_it_never_repeats(tmp_path: Path) -> None:
    numbers = random.Random(1).sample(range(10_000, 9_000_000), ROWS)
    draft = drafted(tmp_path, {"customer_id": numbers, **noisy(ROWS)}, "late")
    assert left_out(draft)["customer_id"].startswith("names the row")
    assert chosen(draft, "key") == ["customer_id"]
    assert column(draft, "customer_id").use == "field"


def test_a_counter_is_no_key_because_the_next_file_counts_from_one_again(tmp_path: Path) -> None:
    draft = drafted(tmp_path, {"id": range(ROWS), **noisy(ROWS)}, "late")
    assert chosen(draft, "key") is None


def test_free_text_is_no_identifier_though_no_two_rows_are_alike(tmp_path: Path) -> None:
    draw = random.Random(2)
    words = ["train", "door", "late", "wet", "seat", "driver", "window", "warm", "closed", "slow"]
    comments = [" ".join(draw.choices(words, k=8)) for _ in range(ROWS)]
    assert "names the row" not in left_out(
        drafted(tmp_path, {"comment": comments, **noisy(ROWS)}, "late")
    ).get("comment", "")


def test_of_columns_that_say_the_same_one_is_left(tmp_path: Path) -> None:
    table = noisy(ROWS)
    short = {"north": "N", "south": "S", "east": "E"}
    copies = {"copy": table["distance"], "letter": [short[where] for where in table["station"]]}
    out = left_out(drafted(tmp_path, {**table, **copies}, "late"))
    assert out == {
        "copy": "holds the same as distance",
        "letter": "says the same as station: each of its values goes with one of station",
    }


def test_columns_of_which_every_value_is_different_are_not_taken_for_each_other(tmp_path: Path) -> None:
    draw = random.Random(3)
    both = {name: [draw.random() for _ in range(ROWS)] for name in ("one", "other")}
    assert left_out(drafted(tmp_path, {**both, **noisy(ROWS)}, "late")) == {}


def test_what_names_an_entity_of_few_rows_is_no_input(tmp_path: Path) -> None:
    draft = drafted(tmp_path, {"patient_id": [row // 3 for row in range(ROWS)], **noisy(ROWS)}, "late")
    assert left_out(draft)["patient_id"].startswith("names what rows are about, 3.0 rows each")
    assert chosen(draft, "split") == "group:patient_id"


def test_a_person_keeps_and_leaves_out_what_they_want(tmp_path: Path) -> None:
    table = {"number": range(ROWS), **noisy(ROWS)}
    draft = drafted(tmp_path, table, "late", keep=("number",), leave_out=("station",))
    assert column(draft, "number").use == "input"
    assert left_out(draft) == {"station": "as you asked"}


def test_columns_that_no_field_can_name_are_told(tmp_path: Path) -> None:
    table = {"": range(ROWS), "_row": range(ROWS), "Far": range(ROWS), "FAR": range(ROWS), **noisy(ROWS)}
    out = left_out(drafted(tmp_path, table, "late"))
    assert out[""] == "has no name in the header"
    assert out["_row"].startswith("begins with _")
    assert out["Far"] == out["FAR"] == "has the name of another column, but for capitals"
