"""Fields are read inside of nested values, in every format."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.reading import read_upload
from keepfit.features.io.formats import format_of
from keepfit.features.io.json_paths import EACH, parse, taking
from keepfit.features.io.reductions import REDUCTIONS, NoValue
from keepfit.features.schema.definition import DatasetDefinition, Field
from tests.unit.features.support.uploads import NOW, SOURCE, problems

ORDERS = DatasetDefinition(
    fields={
        "number": Field(type="int"),
        "age": Field(type="int", path="$.customer.age", nullable=True),
        "city": Field(type="category", path='$.customer["home address"].city', nullable=True),
        "newest": Field(type="float", path="$.readings[-1]", nullable=True),
        "items": Field(type="int", path="$.items", take="length", nullable=True),
        "total": Field(type="float", path="$.items[*].price", take="sum", nullable=True),
        "mean_price": Field(type="float", path="$.items[*].price", take="mean", nullable=True),
        "last_item": Field(type="category", path="$.items[*].name", take="last", nullable=True),
        "premium": Field(type="bool", path="$.tags", take="contains", value="premium", nullable=True),
    },
    max_bad_share=0.5,
)
ROWS: list[dict[str, Any]] = [
    {
        "number": 1,
        "customer": {"age": 41, "home address": {"city": "Oslo"}},
        "readings": [0.5, 1.25],
        "items": [{"name": "tea", "price": 2.5}, {"name": "mug", "price": 4}],
        "tags": ["new", "premium"],
    },
    {"number": 2, "customer": None, "readings": [], "items": [], "tags": []},
    {
        "number": 3,
        "customer": {"age": None, "home address": {"city": ""}},
        "readings": None,
        "items": None,
        "tags": None,
    },
]
VALUES = [
    (1, 41, "Oslo", 1.25, 2, 6.5, 3.25, "mug", True),
    (2, None, None, None, 0, 0.0, None, None, False),
    (3, None, None, None, None, None, None, None, None),
]


def read(folder: Path, name: str) -> Outcome:
    return read_upload(folder / name, format_of(name), dataset=ORDERS, source=SOURCE, folder=folder, at=NOW)


def values(outcome: Outcome) -> list[tuple[Any, ...]]:
    assert outcome.part is not None
    return duckdb.sql(f"SELECT {', '.join(ORDERS.fields)} FROM '{outcome.part}'").fetchall()


def write_jsonl(folder: Path, rows: list[dict[str, Any]]) -> str:
    (folder / "orders.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return "orders.jsonl"


def write_json(folder: Path, rows: list[dict[str, Any]]) -> str:
    (folder / "orders.json").write_text(json.dumps(rows))
    return "orders.json"


def write_parquet(folder: Path, rows: list[dict[str, Any]]) -> str:
    (folder / "rows.json").write_text(json.dumps(rows))
    duckdb.execute(f"COPY (FROM read_json('{folder}/rows.json')) TO '{folder}/orders.parquet'")
    return "orders.parquet"


def write_csv(folder: Path, rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(rows[0])
    table.writerows([_cell(value) for value in row.values()] for row in rows)
    (folder / "orders.csv").write_text(file.getvalue())
    return "orders.csv"


def write_xlsx(folder: Path, rows: list[dict[str, Any]]) -> str:
    book = Workbook()
    book.active.append([*rows[0]])
    for row in rows:
        book.active.append([_cell(value) for value in row.values()])
    book.save(folder / "orders.xlsx")
    return "orders.xlsx"


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


@pytest.mark.parametrize("write", [write_jsonl, write_json, write_parquet, write_csv, write_xlsx])
def test_a_format_gives_the_values_that_paths_lead_to(tmp_path: Path, write: Any) -> None:
    outcome = read(tmp_path, write(tmp_path, ROWS))
    assert outcome.refused is None
    assert outcome.ignored_columns == []
    assert values(outcome) == VALUES


@pytest.mark.parametrize(
    ("broken", "field", "reason"),
    [
        ({"customer": 7}, "age", "has no age: there is no object around it"),
        ({"customer": {"age": [41]}}, "age", "is an object or a list"),
        ({"customer": {"age": "old"}}, "age", "is not a number"),
        ({"readings": {"last": 1}}, "newest", "has no [-1]: there is no list"),
        ({"items": {"name": "tea"}}, "items", "is no list"),
        ({"items": [{"price": "2.50"}]}, "total", "has the element '2.50', which is no number"),
        ({"tags": "premium"}, "premium", "is no list"),
    ],
)
def test_a_value_that_does_not_fit_its_path_is_told_of_its_field(
    tmp_path: Path, broken: dict[str, Any], field: str, reason: str
) -> None:
    outcome = read(tmp_path, write_jsonl(tmp_path, [*ROWS, {**ROWS[0], **broken}]))
    assert (outcome.rows, outcome.bad_rows) == (4, 1)
    assert (4, field, reason) in problems(outcome)
    assert values(outcome) == VALUES


def test_a_text_that_is_no_json_is_told_of_each_field_inside_it(tmp_path: Path) -> None:
    name = write_csv(tmp_path, ROWS)
    with (tmp_path / name).open("a") as file:
        file.write("4,{age: 41},,,\n")
    outcome = read(tmp_path, name)
    assert [field for _, field, _ in problems(outcome)] == ["age", "city"]
    assert all(reason.startswith("is not JSON: ") for _, _, reason in problems(outcome))


def test_a_file_without_a_column_says_which_one_the_path_begins_at(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "customer"} for row in ROWS]
    outcome = read(tmp_path, write_csv(tmp_path, rows))
    assert outcome.refused is not None
    assert outcome.refused.startswith("has no column customer; its columns are number")


def test_an_infinite_number_inside_of_parquet_is_told_and_no_number_is_missing(tmp_path: Path) -> None:
    readings = "(VALUES (1, 1.5::DOUBLE), (2, 'nan'), (3, 'inf')) AS t(i, v)"
    rows = (
        f"SELECT i AS number, NULL AS customer, [v] AS readings, NULL AS items, NULL AS tags FROM {readings}"
    )
    duckdb.execute(f"COPY ({rows}) TO '{tmp_path}/orders.parquet'")
    outcome = read(tmp_path, "orders.parquet")
    assert [(row[0], row[3]) for row in values(outcome)] == [(1, 1.5), (2, None)]
    assert [(row, field) for row, field, _ in problems(outcome)] == [(3, "newest")]


@given(st.lists(st.none() | st.floats(-1e6, 1e6) | st.integers(-1000, 1000), max_size=20))
def test_reductions_are_what_they_say(elements: list[float | None]) -> None:
    there = [element for element in elements if element is not None]
    expected = {
        "length": len(there),
        "sum": math.fsum(there),
        "mean": math.fsum(there) / len(there) if there else None,
        "min": min(there, default=None),
        "max": max(there, default=None),
        "first": there[0] if there else None,
        "last": there[-1] if there else None,
    }
    for name, value in expected.items():
        text = taking(parse("$.x"), REDUCTIONS[name], None)(json.dumps(elements))
        assert (None if text is None else float(text)) == value


names = st.text(st.characters(codec="utf-8", exclude_characters='"'), min_size=1, max_size=5)


@given(names, st.lists(names | st.integers(-5, 5) | st.just(EACH), max_size=5))
def test_a_path_is_parsed_to_the_steps_that_it_was_written_from(column: str, steps: list[str | int]) -> None:
    def written(step: str | int) -> str:
        return f"[{step}]" if isinstance(step, int) else step if step == EACH else f'["{step}"]'

    path = parse("$" + "".join(map(written, [column, *steps])))
    assert (path.column, list(path.steps)) == (column, steps)


@pytest.mark.parametrize(
    "path",
    ["customer.age", "$", "$[0]", "$[*].x", "$.a..b", "$.a[", "$.a[x]", "$.a b", f"$.x{'.x' * 30}"],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"is no path|cannot be read from"):
        parse(path)


def test_json_within_json_is_read_on_the_way() -> None:
    take = taking(parse("$.payload.user.name"), None, None)
    assert take(json.dumps(json.dumps({"user": json.dumps({"name": "Ada"})}))) == "Ada"
    with pytest.raises(NoValue, match="is not JSON"):
        take(json.dumps("user"))
