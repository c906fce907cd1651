"""Counts the parts of a dataset in contingency tables by DuckDB, in the memory of an ingest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from keepfit.features.database import database
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text
from keepfit.monitoring.screening.table import ContingencyTable, Counts, Mode, Uploads

_MEMORY_MB: Final = 300
_FEW_VALUES: Final = 20
_MAX_VALUES: Final = 200
_MAX_CLASSES: Final = 20
_TWENTIETHS: Final = [place / 20 for place in range(1, 20)]
_QUARTILES: Final = [0.25, 0.5, 0.75]
_MARGIN: Final = 0.5
_MISSING: Final = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bins:
    """Bins of a column: SQL for the place of a bin, their names, and how many hold known values."""

    sql: str
    names: list[str]
    known: int
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckdbUploadTables:
    """See ``application.ports.UploadTables``.

    Args:
        definition: of the dataset.
        labels: its fields that models predict.
    """

    definition: DatasetDefinition
    labels: Sequence[str]

    def count(self, parts: Sequence[Path]) -> Uploads:
        with database(parts[-1].parent, memory_mb=_MEMORY_MB) as connection:
            counting = _Counting(connection, parts)
            return counting.uploads(
                self.definition.fields, labels=self.labels, event_time=self.definition.event_time
            )


_NO_LABEL: Final = {"": _Bins(sql="0", names=["any", _MISSING], known=1)}


class _Counting:
    """All parts as one relation; ``_u`` is the number of a row's part."""

    def __init__(self, connection: Any, parts: Sequence[Path]) -> None:
        self._connection = connection
        self._last = len(parts) - 1
        files = f"[{', '.join(text(str(part)) for part in parts)}]"
        connection.execute(
            f"CREATE TABLE parts AS SELECT *, list_position({files}, _file) - 1 AS _u "  # noqa: S608
            f"FROM read_parquet({files}, union_by_name = true, filename = '_file')"
        )
        described = connection.execute("DESCRIBE parts").fetchall()
        self._columns = {row[0] for row in described}

    def uploads(
        self, fields: Mapping[str, Field], *, labels: Sequence[str], event_time: str | None
    ) -> Uploads:
        """The tables of each label with each other column."""
        moments = f"count(DISTINCT {quoted(event_time)})" if event_time else "0"
        counted = self._ask(f"SELECT count(*), {moments} FROM parts GROUP BY _u ORDER BY _u")  # noqa: S608
        bins = {
            name: (made, own)
            for name, field in fields.items()
            if (made := self._bins(name, field, self._earlier))
            and (own := self._bins(name, field, self._own))
        }
        classes = {name: made for name in labels if (made := self._classes(name, fields[name]))}
        tables = [
            self._table(label, each, name, *bins[name])
            for label, each in (classes or _NO_LABEL).items()
            for name in bins
            if name != label
        ]
        return Uploads(
            rows=np.array([rows for rows, _ in counted]),
            moments=np.array([each for _, each in counted]) if event_time else None,
            modes={name: self._modes(name) for name in bins if name not in labels},
            tables=tables,
        )

    def _modes(self, name: str) -> list[Mode]:
        column = f"CAST({quoted(name)} AS VARCHAR)"
        counted = f"SELECT _u, coalesce({column}, '{_MISSING}') AS v, count(*) AS n FROM parts GROUP BY ALL"  # noqa: S608
        query = f"SELECT arg_max(v, n), max(n) FROM ({counted}) GROUP BY _u ORDER BY _u"  # noqa: S608
        return [Mode(value=value, rows=rows) for value, rows in self._ask(query)]

    def _table(self, label: str, classes: _Bins, name: str, bins: _Bins, own: _Bins) -> ContingencyTable:
        counts = self._counted(bins, classes)
        return ContingencyTable(
            column=name,
            label=label,
            bins=bins.names,
            known=bins.known,
            classes=classes.names,
            counts=counts,
            own=self._counted(own, classes)[-1],
            numeric=bins.numeric,
        )

    def _counted(self, bins: _Bins, classes: _Bins) -> Counts:
        """(uploads, bins, classes) rows."""
        counts = np.zeros((self._last + 1, len(bins.names), len(classes.names)), np.int64)
        query = f"SELECT _u, {bins.sql} AS b, {classes.sql} AS c, count(*) FROM parts GROUP BY ALL"  # noqa: S608
        for upload, place, which, rows in self._ask(query):
            counts[upload, place, which] = rows
        return counts

    def _bins(self, name: str, field: Field, rows: str) -> _Bins | None:
        """The bins of a column by its values in ``rows``; None of times and texts."""
        kind = type_of(field.type).profile
        if kind is None or name not in self._columns:
            return None
        if kind == "numbers":
            [(different,)] = self._ask(f"SELECT count(DISTINCT {quoted(name)}) FROM {rows}")  # noqa: S608
            if different > _FEW_VALUES:
                return self._of_numbers(name, _TWENTIETHS, rows)
        return self._of_values(name, _MAX_VALUES, rows)

    def _classes(self, name: str, field: Field) -> _Bins | None:
        """The classes of a label: its values, or quarters of its numbers."""
        kind, rows = type_of(field.type).profile, self._earlier
        if kind is None or name not in self._columns:
            return None
        if kind == "numbers":
            [(different,)] = self._ask(f"SELECT count(DISTINCT {quoted(name)}) FROM {rows}")  # noqa: S608
            if different > _FEW_VALUES:
                return self._of_numbers(name, _QUARTILES, rows)
        return self._of_values(name, _MAX_CLASSES, rows)

    def _of_values(self, name: str, most: int, rows: str) -> _Bins:
        column = f"CAST({quoted(name)} AS VARCHAR)"
        query = (
            f"SELECT {column} AS v FROM {rows} WHERE v IS NOT NULL "  # noqa: S608
            f"GROUP BY v ORDER BY count(*) DESC, v LIMIT {most}"
        )
        values = [value for (value,) in self._ask(query)]
        listed = f"[{', '.join(map(text, values))}]::VARCHAR[]"
        place = f"coalesce(list_position({listed}, {column}) - 1, {len(values)})"
        sql = f"CASE WHEN {column} IS NULL THEN {len(values) + 1} ELSE {place} END"
        return _Bins(sql=sql, names=[*values, "a value that was not there", _MISSING], known=len(values))

    def _of_numbers(self, name: str, quantiles: Sequence[float], rows: str) -> _Bins:
        column = quoted(name)
        query = f"SELECT min({column}), max({column}), quantile_disc({column}, {list(quantiles)}) FROM {rows}"  # noqa: S608
        [(least, most, inner)] = self._ask(query)
        edges = sorted({float(edge) for edge in inner if edge < most})
        # Values move a little beyond what there was: only far away they are none that could be expected.
        margin = _MARGIN * (float(inner[-1]) - float(inner[0]))
        least, most, known = float(least) - margin, float(most) + margin, len(edges) + 1
        within = " ".join(f"WHEN {column} <= {edge!r} THEN {place}" for place, edge in enumerate(edges))
        sql = (
            f"CASE WHEN {column} IS NULL THEN {known + 2} WHEN {column} < {least!r} THEN {known} "
            f"WHEN {column} > {most!r} THEN {known + 1} {within} ELSE {known - 1} END"
        )
        names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise([least, *edges, most])]
        return _Bins(
            sql=sql,
            names=[*names, f"below {least:.4g}", f"above {most:.4g}", _MISSING],
            known=known,
            numeric=True,
        )

    @property
    def _earlier(self) -> str:
        return f"(SELECT * FROM parts WHERE _u < {self._last})"  # noqa: S608

    @property
    def _own(self) -> str:
        return f"(SELECT * FROM parts WHERE _u = {self._last})"  # noqa: S608

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return rows
