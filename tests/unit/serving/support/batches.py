"""A model with a column of every type, rows for it, and what the online scorer says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow.parquet as pq
from onnx import TensorProto, helper, numpy_helper

from keepfit.errors import InvalidRequest
from keepfit.features.encoding.numbers import row_numbers
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.schema.fitted import TargetMeans, TextScores
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.serving.batch.part_files import PartResult, ResultFormat
from keepfit.serving.batch.score_file import FileScorer, LoadedModel
from keepfit.serving.batch.summary import Summary
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.spec import TaskSpec

Row = Mapping[str, Any]

_TYPES = {
    "distance": "float",
    "stops": "int",
    "carrier": "category",
    "departure": "timestamp",
    "direct": "bool",
}


def _derived(name: str, sql: str) -> Column:
    tree, kind = compile_expression(sql, _TYPES)
    vocabulary = ["ua", "aa"] if kind == "category" else None
    return Column(name=name, source="derived", type=kind, expression=tree, vocabulary=vocabulary)


_WEIGHTS = np.array([[0.5, -1.25], [0.1, 3.0], [-0.7, 0.3]], "<f4").tobytes()
_SCORES = TextScores(width=2, words=["late"], pairs=["late again"], parts=["<a"], weights=_WEIGHTS)
SIGNATURE = Signature(
    model="delays",
    label="delay",
    event_time="departure",
    task=TaskSpec(kind="regression"),
    columns=[
        Column(name="distance", source="input", type="float", nullable=True, min=-1e6, max=1e6),
        Column(name="weight", source="input", type="float", decimal=",", missing=["-9", "?"], nullable=True),
        Column(name="stops", source="input", type="int", min=0),
        Column(name="direct", source="input", type="bool", nullable=True),
        Column(name="carrier", source="input", type="category", vocabulary=["UA", "AA", "7"]),
        Column(
            name="gate", source="input", type="category", vocabulary=["A1"], nullable=True, missing=["none"]
        ),
        Column(
            name="plane",
            source="input",
            type="category",
            vocabulary=[f"N{n}" for n in range(90)],
            nullable=True,
        ),
        Column(
            name="airport",
            source="input",
            type="category",
            vocabulary=["JFK"],
            means=TargetMeans(width=1, means={"JFK": [0.3], "LGA": [1.7]}, prior=[0.9]),
        ),
        Column(name="departure", source="input", type="timestamp", calendar="America/New_York"),
        Column(
            name="booked",
            source="input",
            type="timestamp",
            calendar="UTC",
            parts=["hour", "weekday", "year"],
            nullable=True,
        ),
        Column(name="remark", source="input", type="text", text=_SCORES, nullable=True),
        Column(name="position", source="input", type="vector", length=2, nullable=True),
        Column(name="picture", source="input", type="image", extractor="pixels", size=[2, 1], nullable=True),
        _derived("per stop", "distance / stops"),
        _derived("hour", "extract(hour from departure)"),
        _derived("small", "lower(carrier)"),
        _derived("far", "distance > 500 AND direct"),
    ],
)


@cache
def scorer() -> Scorer:
    """A sum of all numbers by fixed weights; a missing one counts as a half."""
    return Scorer.load(linear(len(row_numbers(SIGNATURE))), to_json(SIGNATURE))


def linear(width: int) -> bytes:
    weights = np.random.default_rng(3).normal(size=(width, 1)).astype(np.float32)
    nodes = [
        helper.make_node("IsNaN", ["features"], ["missing"]),
        helper.make_node("Where", ["missing", "half", "features"], ["whole"]),
        helper.make_node("MatMul", ["whole", "weights"], ["values"]),
    ]
    constants = [
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(np.float32([0.5]), "half"),
    ]
    given, gives = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, columns])
        for name, columns in (("features", width), ("values", 1))
    )
    graph = helper.make_graph(nodes, "linear", [given], [gives], constants)
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    return made


def good_row(**other: Any) -> dict[str, Any]:
    """A row that nothing is wrong with."""
    return {
        "distance": 120.5,
        "weight": 3.25,
        "stops": 2,
        "direct": True,
        "carrier": "UA",
        "gate": "A1",
        "plane": "N17",
        "airport": "LGA",
        "departure": "2026-03-08T06:59:59.5Z",
        "booked": "2025-12-31T23:30:00-05:00",
        "remark": "Late again!",
        "position": [0.5, -2],
        "picture": [0.25, 0.75],
        **other,
    }


class Online(NamedTuple):
    """What a request with the same rows is told: columns of answers, and (row, field, reason) of refusals from 0."""

    answers: dict[int, dict[str, Any]]
    refused: set[tuple[int, str, str]]


def online(asked: Scorer, rows: Sequence[Row]) -> Online:
    """Asks for each row whether it is refused, and for all others together."""
    good, refused = [], set[tuple[int, str, str]]()
    for number, row in enumerate(rows):
        try:
            asked.decode(_body([row]))
            asked.score(asked.decode(_body([row])))
        except InvalidRequest as error:
            refused |= {(number, field, reason) for _, field, reason in error.details}
        else:
            good.append(number)
    if not good:
        return Online({}, refused)
    # What is multiplied alone is multiplied by other code, as documented.
    sent = [rows[number] for number in good] * (2 if len(good) == 1 < len(rows) else 1)
    outputs = asked.score(asked.decode(_body(sent)))
    *_, answer = asked.task.answerer("m", 1)(outputs, [""] * len(outputs))
    columns = {name: values for name, values in answer.columns().items() if name != "prediction_id"}
    return Online(
        {number: {name: values[at] for name, values in columns.items()} for at, number in enumerate(good)},
        refused,
    )


def _body(rows: Sequence[Row]) -> bytes:
    return json.dumps({"instances": [*rows]}).encode()


class Batch(NamedTuple):
    """What a batch wrote: rows of answers and of refusals, as its files hold them."""

    summary: Summary
    results: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    parts: list[PartResult]


def batch(
    asked: Scorer,
    file: Path,
    into: Path,
    *,
    form: ResultFormat | None = "parquet",
    carry: Sequence[str] | None = (),
) -> Batch:
    """Scores a file into a new folder."""
    model = LoadedModel(name="delays", version=3, scorer=asked, model_sha256="m", signature_sha256="s")
    into.mkdir()
    parts: list[PartResult] = []
    summary = FileScorer(model=model, form=form, carry=carry).score(file, into, parts.append)
    results, refused = [], []
    for path in sorted(into.iterdir()):
        if path.name.endswith(".refused.jsonl"):
            refused += [json.loads(line) for line in path.read_text().splitlines()]
        elif path.suffix in (".parquet", ".csv"):
            results += _read(path)
    return Batch(summary, results, refused, parts)


def _read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    read = duckdb.sql(
        f"SELECT * FROM read_csv('{path}', auto_type_candidates = ['BOOLEAN', 'BIGINT', 'DOUBLE', 'VARCHAR'])"
    )
    return [dict(zip(read.columns, row, strict=True)) for row in read.fetchall()]


def assert_equal(batched: Batch, told: Online, *, first: int = 1) -> None:
    """Holds a batch to the online scorer, bit for bit; its rows count from ``first``."""
    answers = {row.pop("row") - first: row for row in batched.results}
    assert answers == told.answers
    assert {
        (one["row"] - first, one["field"] or "", one["reason"]) for one in batched.refused
    } == told.refused
    assert batched.summary.answered == len(told.answers)
    assert batched.summary.refused == batched.summary.rows - len(told.answers)
