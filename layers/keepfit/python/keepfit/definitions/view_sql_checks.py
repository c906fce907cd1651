"""Checks of views in SQL: what a SELECT may say, and that it gives what is declared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlglot
from msgspec import UNSET
from sqlglot import exp
from sqlglot.errors import SqlglotError

from keepfit.definitions.mistakes import shortened
from keepfit.definitions.reference_checks import column_mistakes
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import Storage, type_of
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import rows_of_view
from keepfit.features.sql_literals import quoted

_MAX_LENGTH = 20_000
_MEMORY_MB = 256
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
# What a column may be in DuckDB, by how its declared type is stored.
_ACCEPTED: Mapping[Storage, tuple[str, ...]] = {
    "DOUBLE": (*_WHOLE, "UBIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
    "BIGINT": _WHOLE,
    "BOOLEAN": ("BOOLEAN",),
    "VARCHAR": ("VARCHAR", "ENUM"),
    "TIMESTAMPTZ": ("TIMESTAMP WITH TIME ZONE",),
    "DOUBLE[]": ("FLOAT[]", "DOUBLE[]"),
}
# With them the same data would not give the same rows.
_CHANGING = (exp.Rand, exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Uuid)
_CHANGING_NAMES = frozenset(
    {"random", "setseed", "now", "today", "get_current_timestamp", "transaction_timestamp"}
)


def sql_mistakes(name: str, view: FeatureViewDefinition, dataset: DatasetDefinition) -> Iterator[str]:
    """The mistakes in the SQL of a view and in the fields that it is said to give."""
    table, fields = f"[feature_view.{name}]", view.fields or {}
    if view.sql is UNSET:
        if fields:
            yield f"{table} fields: they are what sql gives, and there is none; the others are fields of the dataset"
        return
    if view.online:
        yield f"{table} online: what sql gives is for training sets alone; leave out one of the two"
    if not dataset.event_time:
        yield f"{table} sql: its rows carry the time of the dataset's, and [dataset.{view.dataset}] has no event_time"
        return
    if dataset.key:
        yield (
            f"{table} sql: [dataset.{view.dataset}] has a key, and which of the rows that a SELECT gives a correction "
            "replaces is not known; leave out the key, or the sql"
        )
        return
    kept = rows_of_view(view, dataset).fields.keys() - fields.keys()
    yield from column_mistakes(f"[feature_view.{name}.fields]", fields)
    own = (*view.entity, dataset.event_time, dataset.known_at)
    twice = sorted(field for field in fields if field in own)
    if twice:
        yield f"{table} fields: {', '.join(twice)} is of the dataset already; leave it out"
    said = list(_said_mistakes(view.sql, view.dataset))
    if not said and not twice and kept:
        said = list(_given_mistakes(view, dataset))
    yield from (f"{table} sql = {shortened(view.sql)!r}: {mistake}" for mistake in said)


def _said_mistakes(sql: str, dataset: str) -> Iterator[str]:
    if len(sql) > _MAX_LENGTH:
        yield f"is longer than {_MAX_LENGTH:,} characters"
        return
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        yield f"is not SQL: {str(error).splitlines()[0]}"
        return
    select = statements[0]
    if len(statements) != 1 or not isinstance(select, exp.Query):
        yield "is not one SELECT"
        return
    known = {dataset, *(cte.alias for cte in select.find_all(exp.CTE))}
    for table in select.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db or table.name not in known:
            yield f"reads {table.sql('duckdb', comments=False)}; it may read {dataset} and what it names by WITH"
    for call in select.find_all(exp.Func):
        if isinstance(call, _CHANGING) or call.name.lower() in _CHANGING_NAMES:
            said = call.sql("duckdb", comments=False)
            yield f"calls {said}, which is another each time; the same data give the same rows"


def _given_mistakes(view: FeatureViewDefinition, dataset: DatasetDefinition) -> Iterator[str]:
    """What DuckDB says of the SELECT over a table of the dataset without rows."""
    import duckdb  # noqa: PLC0415  few definitions have a view in SQL

    from keepfit.features.database import database  # noqa: PLC0415

    columns = ", ".join(f"{quoted(n)} {type_of(field.type).storage}" for n, field in dataset.fields.items())
    with tempfile.TemporaryDirectory() as folder, database(Path(folder), memory_mb=_MEMORY_MB) as connection:
        connection.execute(f"CREATE TABLE {quoted(view.dataset)} ({columns})")
        try:
            described = connection.execute(f"DESCRIBE ({view.sql}\n)").fetchall()
        except duckdb.Error as error:
            yield str(error).splitlines()[0]
            return
    given = {column: kind for column, kind, *_ in described}
    for field, declared in rows_of_view(view, dataset).fields.items():
        accepted = _ACCEPTED[type_of(declared.type).storage]
        if field not in given:
            yield f"gives no column {field!r}; it gives {', '.join(given)}"
        elif given[field].partition("(")[0] not in accepted:
            yield f"gives {field!r} as {given[field]}, and a field of type {declared.type} is {accepted[-1]}"
