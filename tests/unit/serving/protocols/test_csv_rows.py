"""A sheet that a spreadsheet saved is answered like the same rows in JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.serving.protocols.csv_rows import CsvRows
from keepfit.serving.requests.predictor import Predictor
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import TaskSpec
from tests.drawn import examples
from tests.unit.serving.support.small_model import instances, scorer

CSV = {"content-type": "text/csv; charset=utf-8"}


def sheet(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def asked(body: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    predictor = Predictor(scorer=scorer(), model="flight_delay", version=3, log=lambda _: None)
    return predictor.answer({"body": body, "headers": headers, "isBase64Encoded": False})


def of_json(rows: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(asked(json.dumps({"instances": rows}))["body"])
    return answer


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_sheet_is_answered_like_the_same_rows_in_json(delimiter: str) -> None:
    rows = instances(7)
    response = asked(sheet(rows, delimiter), CSV)
    answered = list(csv.DictReader(io.StringIO(response["body"], newline="")))
    assert response["headers"]["content-type"].startswith("text/csv")
    assert [float(row["probability"]) for row in answered] == of_json(rows)["probabilities"]
    assert [row["prediction"] == "true" for row in answered] == of_json(rows)["predictions"]
    assert {row["model_version"] for row in answered} == {"3"}
    assert len({row["prediction_id"] for row in answered}) == len(rows)


@examples(30)
@given(rows=st.lists(st.sampled_from(instances(20)), min_size=1, max_size=4), order=st.randoms())
def test_columns_may_stand_in_any_order_beside_others_and_be_written_otherwise(
    rows: list[dict[str, Any]], order: Any
) -> None:
    names = [*rows[0], "notes"]
    order.shuffle(names)
    written = [
        {f" {name.upper()}": {"notes": 'said "no",\nthen left', **row}[name] for name in names}
        for row in rows
    ]
    decoded = CsvRows(scorer().decoder).decode(f"\ufeff{sheet(written)}")
    assert decoded.instances == scorer().decoder.read(rows)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"distance": "far"}, [{"row": 1, "field": "distance", "message": "is not a number"}]),
        ({"stops": ""}, [{"row": 1, "field": "stops", "message": "is null, and the field is not nullable"}]),
    ],
)
def test_a_bad_cell_is_named_by_row_and_field(change: dict[str, str], says: list[dict[str, Any]]) -> None:
    first, second = instances(2)
    response = asked(sheet([first, {**second, **change}]), CSV)
    assert (response["statusCode"], json.loads(response["body"])["errors"]) == (400, says)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "the CSV is empty"),
        ("carrier,distance\nUA,1\n", "has no column stops, international, departure, wind gust"),
        (sheet(instances(1)) + "UA,1\r\n", "row 1 of the CSV has 2 values where the header names 6"),
        (sheet(instances(1)) + '"UA', "line 3 of the CSV cannot be read"),
        (sheet(instances(1)).partition("\n")[0], "'instances' is empty"),
    ],
)
def test_what_is_no_sheet_of_the_model_is_refused_with_the_reason(body: str, says: str) -> None:
    response = asked(body, CSV)
    assert response["statusCode"] == 400
    assert says in json.loads(response["body"])["detail"]


def test_each_task_answers_in_columns_of_cells() -> None:
    answered = [
        (TaskSpec(kind="multiclass", classes=["a", "b", "c"]), np.array([[0.2, 0.5, 0.3]])),
        (TaskSpec(kind="regression"), np.array([2.5])),
    ]
    tables = [task_of(spec).answerer("m", 1)(outputs, ["id"])[2].columns() for spec, outputs in answered]
    assert tables == [
        {
            "prediction": ["b"],
            "probability a": [0.2],
            "probability b": [0.5],
            "probability c": [0.3],
            "prediction_id": ["id"],
        },
        {"prediction": [2.5], "prediction_id": ["id"]},
    ]


def test_any_other_media_type_is_read_as_json_and_none_is_kept() -> None:
    rows = instances(2)
    for kind in ("application/x-www-form-urlencoded", "application/json; charset=utf-8", "", "TEXT/PLAIN"):
        answer = json.loads(asked(json.dumps({"instances": rows}), {"content-type": kind})["body"])
        assert answer["probabilities"] == of_json(rows)["probabilities"]
