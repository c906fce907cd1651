"""The rows of feature views in DuckDB: those of a dataset, or what a view's SQL makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb
from msgspec.structs import replace as changed

from keepfit.adapters.duckdb.spine import table_of
from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.types.number import MAX_NUMBER
from keepfit.features.sql_literals import quoted


def with_tables(
    connection: duckdb.DuckDBPyConnection,
    joins: Sequence[ViewJoin],
    datasets: Mapping[str, DatasetDefinition],
) -> tuple[list[ViewJoin], dict[str, DatasetDefinition]]:
    """The views with the tables of their rows, and what is in each table.

    Raises:
        InvalidDefinition: the SQL of a view fails on the rows that there are.
    """
    found, held = [], {}
    for number, join in enumerate(joins):
        table, dataset = table_of(join.table), datasets[join.table]
        if join.sql is not None and join.fields is not None:
            table = f"view_rows_{number}"
            _make(connection, table, join, dataset)
            dataset = changed(dataset, fields=dict(join.fields), key=[])
        found.append(replace(join, table=table))
        held[table] = dataset
    return found, held


def filtered(join: ViewJoin) -> str:
    """The table of a view's rows, without those that its filter leaves out."""
    if join.where is None:
        return join.table
    return f"(SELECT * FROM {join.table} WHERE {to_sql(join.where, 'bool')})"


def _make(
    connection: duckdb.DuckDBPyConnection, table: str, join: ViewJoin, dataset: DatasetDefinition
) -> None:
    """The SQL sees the fields of the dataset alone, and equal rows once."""
    fields = ", ".join(map(quoted, dataset.fields))
    rows = f"SELECT DISTINCT {fields} FROM {table_of(join.table)}"
    columns = ", ".join(
        f"{_value(name, field)} AS {quoted(name)}" for name, field in (join.fields or {}).items()
    )
    try:
        connection.execute(
            f"CREATE TABLE {table} AS SELECT {columns} FROM "
            f"(WITH {quoted(join.table)} AS ({rows}) SELECT * FROM ({join.sql}\n))"
        )
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InvalidDefinition(
            f"the sql of a view of dataset.{join.table} fails on its rows: {reason}"
        ) from error


def _value(name: str, field: Field) -> str:
    """A column in the type of its field; what is no finite number is missing."""
    storage = type_of(field.type).storage
    value = f"CAST({quoted(name)} AS {storage})"
    finite = f"abs({value}) <= CAST({MAX_NUMBER!r} AS DOUBLE)"
    return f"CASE WHEN {finite} THEN {value} END" if storage == "DOUBLE" else value
