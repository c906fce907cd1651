"""The SQL of a part's rows as a model reads them, and of what is wrong with those that it refuses.

A cell is checked by the same SQL as an upload's, which property tests hold to what a request reads. What is good for
certain is told by less: values of Parquet are taken as they are, where their type says what they mean, and so are the
categories that the model knows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from keepfit.features.expressions.duckdb_sql import to_sql
from keepfit.features.io.records import MAX_VALUE_LENGTH
from keepfit.features.schema.signature import Signature
from keepfit.features.sql_literals import text
from keepfit.serving.batch.field_query import Cell, FieldQuery


class RowQuery:
    """Queries of a part.

    Args:
        signature: what the model reads.
        cells: the column of each of its ``instance_columns``; None where the file has none, and none is needed.
        rows: the relation that holds them, with _row, _field, _reason and _value; see ``features.io.records``.

    Raises:
        RefusedUpload: a column holds values inside of values, where the field has none.
    """

    def __init__(self, signature: Signature, cells: Sequence[Cell | None], rows: str) -> None:
        fields = enumerate(zip(signature.instance_columns, cells, strict=True))
        self.fields = {column.name: FieldQuery(n, column, cell) for n, (column, cell) in fields}
        names = {name: field.name for name, field in self.fields.items()}
        self._read = self._sql(rows)
        self._derived: list[str] = []
        for place, column in enumerate((c for c in signature.columns if c.source == "derived"), len(names)):
            expression = to_sql(_renamed(column.expression or [], names), column.type)
            self._derived.append(f"{expression} AS v{place}")
            names[column.name] = f"v{place}"
        self.names: Mapping[str, str] = names
        """The SQL name of the value of each column of the signature."""

    def values(self, terms: Sequence[str], *, but: Collection[str] = ()) -> str:
        """A query of each row's number, whether it may be refused, and ``terms`` of ``names``, in order.

        The fields ``but`` are checked elsewhere.
        """
        query = self._read
        for expression in self._derived:
            query = f"SELECT *, {expression} FROM ({query})"
        good = " AND ".join(
            ["_reason IS NULL", *(field.good for name, field in self.fields.items() if name not in but)]
        )
        terms = ["_row", f"CAST(NOT ({good}) AS TINYINT) AS _unsure", *terms]
        return f"SELECT {', '.join(terms)} FROM ({query})"

    def problems(self) -> str:
        """A query of each problem's row, place, field, reason and value. Without any, a row is not refused."""
        found = [
            f"{{'place': -1, 'field': _field, 'reason': _reason, 'value': left(_value, {MAX_VALUE_LENGTH})}}"
        ]
        for n, (name, field) in enumerate(self.fields.items()):
            value = f"CASE WHEN r{n} IS NOT NULL THEN left({field.shown}, {MAX_VALUE_LENGTH}) END"
            # Of a record that could not be read, no field is there.
            reason = f"CASE WHEN _reason IS NULL THEN r{n} END"
            found.append(f"{{'place': {n}, 'field': {text(name)}, 'reason': {reason}, 'value': {value}}}")
        listed = f"list_filter([{', '.join(found)}], lambda one: one.reason IS NOT NULL)"
        reasons = [f"{field.reason} AS r{n}" for n, field in enumerate(self.fields.values())]
        checked = f"SELECT {', '.join(['*', *reasons])} FROM ({self._read})"
        bad = " OR ".join(["_reason IS NOT NULL", *(f"r{n} IS NOT NULL" for n in range(len(reasons)))])
        return f"SELECT _row AS row, unnest({listed}, recursive := true) FROM ({checked}) WHERE {bad}"

    def _sql(self, rows: str) -> str:
        query = rows
        for terms in zip(*(field.steps for field in self.fields.values()), strict=True):
            query = f"SELECT {', '.join(['*', *filter(None, terms)])} FROM ({query})"
        return query


def _renamed(tree: Any, names: Mapping[str, str]) -> Any:
    """An expression of columns by their SQL names, which differ in more than capitals."""
    if not isinstance(tree, list):
        return tree
    if tree and tree[0] == "column":
        return ["column", names[tree[1]], *tree[2:]]
    return [_renamed(each, names) for each in tree]
