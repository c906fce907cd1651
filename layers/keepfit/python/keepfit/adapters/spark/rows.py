"""Spark SQL for the rows of datasets and views, as `adapters.duckdb` reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keepfit.features.datasets.kept_texts import VALUE, kept_text
from keepfit.features.datasets.part_rows import LINE, SOURCE, UPLOADED
from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.expressions.spark_sql import literal, name
from keepfit.features.offline.plan import ViewJoin
from keepfit.features.schema.blanks import BLANKS
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import Storage, type_of
from keepfit.features.schema.types.number import MAX_NUMBER

TYPES: Mapping[Storage, str] = {
    "DOUBLE": "DOUBLE",
    "BIGINT": "BIGINT",
    "BOOLEAN": "BOOLEAN",
    "VARCHAR": "STRING",
    "TIMESTAMPTZ": "TIMESTAMP",
    "DOUBLE[]": "ARRAY<DOUBLE>",
}
"""Spark's types of values that are stored so."""
_LINEAGE = {
    SOURCE: "STRING",
    LINE: "BIGINT",
    "_uploaded_at": "TIMESTAMP",
    "_ingested_at": "TIMESTAMP",
}
Translate = Callable[[str], str]
"""Says DuckDB's SQL in Spark's."""


def schema_of(dataset: DatasetDefinition) -> str:
    """The columns of a dataset's parts; what a part does not have is missing from its rows."""
    types = {key: TYPES[type_of(field.type).storage] for key, field in dataset.fields.items()}
    return ", ".join(f"{name(key)} {kind}" for key, kind in {**types, **_LINEAGE}.items())


def dataset_rows(table: str, dataset: DatasetDefinition, translate: Translate) -> str:
    """A SELECT of a dataset's rows in its present definition; see ``part_rows``."""
    chosen = [f"{_kept(key, field, translate)} AS {name(key)}" for key, field in cells_of(dataset).items()]
    lineage = [SOURCE, LINE, "coalesce(_uploaded_at, _ingested_at) AS _uploaded_at", "_ingested_at"]
    return f"SELECT {', '.join([*chosen, *lineage])} FROM {table}"


def view_rows(join: ViewJoin, table: str, dataset: DatasetDefinition, translate: Translate) -> str:
    """A SELECT of the rows of a view in SQL over those of ``table``; see ``duckdb.view_rows``."""
    fields = ", ".join(map(name, dataset.fields))
    columns = ", ".join(f"{_cast(key, field)} AS {name(key)}" for key, field in (join.fields or {}).items())
    rows = f"SELECT DISTINCT {fields} FROM {table}"
    return f"WITH {name(join.table)} AS ({rows}) SELECT {columns} FROM ({translate(join.sql or '')})"


def filtered(table: str, join: ViewJoin, translate: Translate) -> str:
    """The rows of a view, without those that its filter leaves out."""
    if join.where is None:
        return f"SELECT * FROM {table}"
    return f"SELECT * FROM {table} WHERE {translate(to_sql(join.where, 'bool'))}"


def known_once(rows: str, dataset: DatasetDefinition) -> str:
    """Of rows of one key known at the same time, the one uploaded last; see ``duckdb.corrections``."""
    if not dataset.key:
        return rows
    keys = ", ".join(map(name, [*dataset.key, dataset.known_column]))
    newest = ", ".join(f"{column} DESC" for column in UPLOADED)
    last = f"row_number() OVER (PARTITION BY {keys} ORDER BY {newest}) AS _place"
    return f"SELECT * FROM (SELECT *, {last} FROM ({rows})) WHERE _place = 1"


def handed(column: str, storage: Storage) -> str:
    """A value as DuckDB takes it over: instants in microseconds, which no session's zone can move."""
    return f"unix_micros({column})" if storage == "TIMESTAMPTZ" else column


def _kept(key: str, field: Field, translate: Translate) -> str:
    """A value of a part that may have been written under another definition; see ``ValueType.kept_sql``."""
    kept = translate(kept_text(key, field))
    if field.type != "category":
        return kept
    # Java's patterns and its references to groups are others than DuckDB's.
    bare = f"trim(BOTH {literal(BLANKS)} FROM {name(key)})"
    whole = f"regexp_replace({bare}, {literal(_ZERO_FRACTION)}, '$1')"
    return kept.replace(name(VALUE), whole)


_ZERO_FRACTION = r"^(-?[0-9]+)\.0+$"


def _cast(key: str, field: Field) -> str:
    """A column in the type of its field; what is no finite number is missing."""
    storage = type_of(field.type).storage
    value = f"CAST({name(key)} AS {TYPES[storage]})"
    return f"CASE WHEN abs({value}) <= {MAX_NUMBER!r}D THEN {value} END" if storage == "DOUBLE" else value
