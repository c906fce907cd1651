"""Takes the results of a job over into DuckDB, beside the rows that asked."""

from __future__ import annotations

from pathlib import Path

import duckdb

from keepfit.adapters.spark.job import Result, results_of
from keepfit.adapters.spark.spine import numbered
from keepfit.errors import Conflict
from keepfit.features.offline.plan import TrainingSetPlan
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text

_NUMBERS_OF = ("count", "distinct")
"""Aggregates that are 0 without events."""


def take_over(
    connection: duckdb.DuckDBPyConnection, plan: TrainingSetPlan, results: Path, *, rows: int
) -> str:
    """A SELECT of every row of ``spine`` with the features that a job found; NULL where it found none.

    Args:
        connection: has the table ``spine`` of the plan.
        plan: what the job was made from.
        results: the folder of its results, each in a folder of its name.
        rows: how many rows the job was asked for.

    Raises:
        Conflict: there are other rows now.
    """
    [(there,)] = connection.execute("SELECT count(*) FROM spine").fetchall()
    if there != rows:
        raise Conflict(f"features were joined to {rows:,} rows, and there are {there:,} now: train again")
    found = [*results_of(plan)]
    if not found:
        return "SELECT * FROM spine"
    features, joined = [], f"(SELECT *, {numbered()} FROM spine) AS _s"
    for number, result in enumerate(found):
        files = text(str(results / result.name / "*.parquet"))
        connection.execute(f"CREATE VIEW _found{number} AS SELECT * FROM read_parquet({files})")
        joined += f" LEFT JOIN _found{number} AS _f{number} ON _s._row = _f{number}._row"
        features += [_typed(result, place, f"_f{number}.f{place}") for place in range(len(result.features))]
    return f"SELECT _s.* EXCLUDE (_row), {', '.join(features)} FROM {joined}"


def _typed(result: Result, place: int, column: str) -> str:
    """A feature in the type of its storage."""
    name = result.features[place]
    one = result.join.aggregates[name] if result.aggregated else None
    storage = type_of(one.type if one else result.join.features[name]).storage
    if one and one.aggregate in _NUMBERS_OF:
        column = f"coalesce({column}, 0)"
    value = f"make_timestamptz({column})" if storage == "TIMESTAMPTZ" else f"CAST({column} AS {storage})"
    return f"{value} AS {quoted(name)}"
