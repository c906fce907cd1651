"""A cell means the same in a file and in a request, whoever wrote it."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.errors import InvalidRequest
from keepfit.features.encoding.text_scores import no_scores
from keepfit.features.io.jsonl_records import JsonlRecords
from keepfit.features.io.lines import Line
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.registry import MODULES
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import NULL, BadCell, type_of
from keepfit.features.schema.types.number import NOT_A_NUMBER
from keepfit.features.schema.types.timestamp import NOT_AN_INSTANT
from keepfit.serving.inference.encode_rows import compile_rows
from keepfit.serving.inference.instances import InstanceDecoder
from tests.drawn import examples
from tests.unit.features.support.cells import EPOCH, cells, forms, read_python, read_sql


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize("type_name", MODULES)
@examples(60)
@given(data=st.data())
def test_a_text_means_the_same_in_an_upload_and_in_a_request(
    database: Any, type_name: str, data: st.DataObject
) -> None:
    form = data.draw(forms(type_name))
    texts = data.draw(st.lists(cells, max_size=25))
    for text, of_upload in zip(texts, read_sql(database, form, texts), strict=True):
        assert of_upload == read_python(form, text), (form, text)


@pytest.mark.parametrize(("missing", "text"), [("0", "0%"), ("1", "100 %"), ("-9", "-900%")])
def test_a_share_that_is_a_missing_number_is_missing(database: Any, missing: str, text: str) -> None:
    form = CellForm(type="float", nullable=True, missing=[missing])
    assert read_sql(database, form, [text]) == [read_python(form, text)] == [(None, None)]


numbers = (
    st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-1, 2)
)
json_values = st.none() | st.booleans() | numbers | cells


@pytest.mark.parametrize("type_name", MODULES)
@examples(60)
@given(data=st.data())
def test_a_json_value_means_the_same_in_an_upload_and_in_a_request(
    database: Any, type_name: str, data: st.DataObject
) -> None:
    form = data.draw(forms(type_name))
    values = data.draw(st.lists(json_values, max_size=15))
    kind = type_of(form.type)
    lines = [[Line(n, json.dumps({"x": value})) for n, value in enumerate(values)]]
    [batch] = JsonlRecords(lines, ["x"], {"x": partial(kind.spelled, form)}).batches()
    texts = [record[-1] for record in csv.reader(io.StringIO(batch.text, newline=""))]
    for value, of_upload in zip(values, read_sql(database, form, texts), strict=True):
        of_request = read_python(form, msgspec.json.decode(json.dumps(value)))
        assert of_upload[1] == of_request[1], (form, value)
        same = of_upload[0] == of_request[0]
        assert same or math.isclose(of_upload[0], of_request[0], rel_tol=1e-15), (form, value)


def request(form: CellForm, value: Any) -> tuple[Any, str | None]:
    """(value, flaw) of a cell as the request path reads it, by whichever way it takes."""
    column = Column(
        name="x",
        source="input",
        text=no_scores(1),
        **{key: getattr(form, key) for key in CellForm.__struct_fields__},
    )
    signature = Signature(model="m", label="y", event_time=None, columns=[column])
    try:
        request = InstanceDecoder(signature).decode(json.dumps({"instances": [{"x": value}]}))
        [instance] = request.instances
        if signature.model_columns:
            compile_rows(signature)(request)
    except InvalidRequest as refusal:
        [(row, name, flaw)] = refusal.details
        assert (row, name) == (0, "x")
        return None, flaw
    found = instance.f0
    return ((found - EPOCH) // timedelta(microseconds=1) if isinstance(found, datetime) else found), None


@pytest.mark.parametrize("type_name", MODULES)
@examples(60)
@given(data=st.data())
def test_the_quick_way_of_a_request_reads_what_the_careful_one_does(
    type_name: str, data: st.DataObject
) -> None:
    form = data.draw(forms(type_name))
    for value in data.draw(st.lists(json_values, min_size=1, max_size=6)):
        assert request(form, value) == read_python(form, msgspec.json.decode(json.dumps(value))), (
            form,
            value,
        )


def by_dataset(field: Field, cell: Any, **dataset: Any) -> Any:
    fields = {"at": Field(type="timestamp"), "x": field}
    try:
        return cell_reader(cells_of(DatasetDefinition(event_time="at", fields=fields, **dataset))["x"])(cell)
    except BadCell as flaw:
        return str(flaw)


@pytest.mark.parametrize(
    "word", ["NA", "n/a", "NaN", "nan", "NULL", "null", "<NA>", "#N/A", r"\N", " NA ", ""]
)
def test_what_programs_write_for_no_value_is_missing_in_every_type(word: str) -> None:
    for name in MODULES:
        assert by_dataset(Field(type=name, nullable=True), word) is None
        assert by_dataset(Field(type=name), word) == (
            {"category": word.strip(), "text": word}.get(name, NULL) if word else NULL
        )


@pytest.mark.parametrize("word", ["none", "None", "na", ".", "-nan", "nAn"])
def test_a_word_that_could_be_a_category_is_missing_where_nothing_else_is_meant(word: str) -> None:
    assert by_dataset(Field(type="float", nullable=True), word) is None
    assert by_dataset(Field(type="category", nullable=True), word) == word


def test_a_category_may_be_called_what_elsewhere_means_nothing() -> None:
    assert by_dataset(Field(type="category", nullable=True, missing=[]), "NA") == "NA"
    assert by_dataset(Field(type="category"), "NA") == "NA"


def test_words_for_no_value_are_declared_for_a_field_or_for_all_of_a_dataset() -> None:
    number = Field(type="float", nullable=True, missing="-999")
    assert [by_dataset(number, cell) for cell in ("-999", "-999.00", -999, "NA", "-99", "?")] == [
        None, None, None, None, -99.0, NOT_A_NUMBER,
    ]  # fmt: skip
    assert by_dataset(number, "?", missing=["?"]) is None
    category = Field(type="category", nullable=True)
    assert [by_dataset(category, cell, missing="?") for cell in ("?", "NA", "x")] == [None, None, "x"]
    assert by_dataset(Field(type="category"), "?", missing="?") == NULL


@pytest.mark.parametrize(
    ("form", "cells", "values"),
    [
        ({"type": "float"}, ["$1.50", "-\u20ac 2", "5 %", "\u22123", "1e3", "(5)", "1,5", "5 EUR"],
         [1.5, -2.0, 0.05, -3.0, 1000.0, NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER]),
        ({"type": "float", "decimal": ","}, ["1,5", "1.5", ",5", "1.234,5"], [1.5, NOT_A_NUMBER, 0.5, NOT_A_NUMBER]),
        ({"type": "float", "decimal": ",", "thousands": "."}, ["1.234,5", "1234,5", "1.5", "12.34"],
         [1234.5, 1234.5, NOT_A_NUMBER, NOT_A_NUMBER]),
        ({"type": "int", "thousands": ","}, ["1,234", "12,34,567", "1,2345", "$1,000"],
         [1234, 1234567, NOT_A_NUMBER, 1000]),
        ({"type": "int"}, ["2.00E+05", "1.23457E+17", "7.0"], [200000, 123457000000000000, 7]),
        ({"type": "bool"}, ["Yes", "OFF", "t", "0.0", True, 1], [True, False, True, False, True, True]),
        ({"type": "bool", "true": "JA", "false": ["nein", "2"]}, ["ja", "Nein", "2.0", True],
         [True, False, False, True]),
    ],
)  # fmt: skip
def test_cells_are_read_as_they_are_declared(form: Any, cells: list[Any], values: list[Any]) -> None:
    assert [by_dataset(Field(**form), cell) for cell in cells] == values


BERLIN = {"timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("keys", "cell", "instant"),
    [
        ({"format": "%d.%m.%Y"}, "3.4.2025", "2025-04-03T00:00:00+00:00"),
        ({"format": "%d-%b-%y"}, "03-APR-69", "1969-04-03T00:00:00+00:00"),
        ({"format": "%d-%b-%y"}, "03-Apr-68", "2068-04-03T00:00:00+00:00"),
        ({"format": ["epoch_ms", "%Y-%m-%d"]}, 1356998400123, "2013-01-01T00:00:00.123000+00:00"),
        ({"format": ["epoch_s", "iso"]}, "2013-01-01", "2013-01-01T00:00:00+00:00"),
        ({"format": "%d.%m.%Y"}, "2025-04-03T10:00:00Z", "2025-04-03T10:00:00+00:00"),
        ({"format": "%d.%m.%Y"}, "2025-04-03", "is not a time written as %d.%m.%Y"),
        ({}, "03/04/2025", NOT_AN_INSTANT),
        (BERLIN, "2025-07-01 10:00", "2025-07-01T08:00:00+00:00"),
        (BERLIN, "2025-07-01 10:00Z", "2025-07-01T10:00:00+00:00"),
        (BERLIN, "2024-10-27 02:30", "2024-10-27T01:30:00+00:00"),  # the later of two
        (BERLIN, "2024-03-31 02:30", "2024-03-31T01:30:00+00:00"),  # there was none: an hour on
    ],
)
def test_times_are_read_as_they_are_declared(keys: Any, cell: Any, instant: str) -> None:
    found = by_dataset(Field(type="timestamp", **keys), cell)
    assert (found if isinstance(found, str) else found.isoformat()) == instant


@pytest.mark.parametrize(
    ("form", "mistake"),
    [
        ({"type": "timestamp", "format": ["%d/%m/%Y", "%m/%d/%Y"]}, "both take '03/02/2001', for different times"),
        ({"type": "timestamp", "format": ["epoch_s", "epoch_ms"]}, "both take '981173106', for different times"),
        ({"type": "timestamp", "format": ["iso", "%Y-%d-%m"]}, "both take '2001-03-02', for different times"),
        ({"type": "timestamp", "format": "%d.%m"}, "'%d.%m' has no year"),
        ({"type": "timestamp", "format": "%Q"}, "'%Q' has %Q, and what is known is"),
        ({"type": "timestamp", "format": "%d.%m.%Y %I:%M"}, "needs both"),
        ({"type": "timestamp", "format": "%d %d %Y"}, "more than once"),
        ({"type": "timestamp", "timezone": "Europe/Berln"}, "'Europe/Berln' is not one that is known"),
        ({"type": "float", "thousands": "."}, "write decimal = ','"),
        ({"type": "float", "decimal": ",", "thousands": ","}, "write decimal = '.'"),
        ({"type": "bool", "true": "x"}, "must both be declared"),
        ({"type": "bool", "true": "x", "false": " X"}, "'x' cannot be both"),
        ({"type": "bool", "missing": "TRUE"}, "'true' is a value of every bool"),
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_not_declared(form: Any, mistake: str) -> None:
    [told] = type_of(form["type"]).mistakes(Field(**form))
    assert mistake in told


def test_what_is_not_declared_leaves_no_trace_in_what_was_compiled_before() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Field(type="float"))).keys() == {
        "type", "nullable", "min", "max", "unit", "description",
    }  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(Column(name="x", source="input", type="float"))).keys() == {
        "name", "source", "type", "nullable", "min", "max", "vocabulary", "expression", "calendar", "means", "text",
    }  # fmt: skip
    before = DatasetDefinition(event_time="at", fields={})
    assert not msgspec.json.decode(msgspec.json.encode(before)).keys() & {"missing"}


def test_a_model_of_before_reads_what_it_learned() -> None:
    column = Column(name="x", source="input", type="category", nullable=True, vocabulary=["NA"])
    assert cell_reader(column)("NA") == "NA"
