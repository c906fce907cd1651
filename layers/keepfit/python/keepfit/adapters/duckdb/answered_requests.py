"""Requests that one version answered, with their outcomes: read after the join, from the same files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keepfit.adapters.duckdb.prediction_window import list_of
from keepfit.monitoring.outcomes.pairs import Answered

_MOST_EXACT = 2**53


class AnsweredRequests:
    """Collects what was asked, file by file, of the pairs that a join has left in the table ``asked``."""

    def __init__(self, connection: Any, version: int, *, width: int, limit: int) -> None:
        self._connection, self._width = connection, width
        self._columns = set[str]()
        self._instances: dict[str, dict[str, Any]] = {}
        connection.execute(
            "CREATE TEMP TABLE wanted AS SELECT id, answer, outcome FROM asked "  # noqa: S608
            f"WHERE version = {int(version)} AND outcome IS NOT NULL AND len(answer) = {int(width)} "
            f"ORDER BY id LIMIT {int(limit)}"
        )

    def collect(self, paths: Sequence[Path]) -> None:
        """Reads the inputs of the wanted requests in some files."""
        # One by one: where no row of a file has a number, its column is of texts, and so would those of all others be.
        for path in paths:
            self._collect(path)

    def _collect(self, path: Path) -> None:
        found = self._connection.execute(
            f"FROM read_parquet({list_of([path])}) WHERE _prediction_id IN (SELECT id FROM wanted)"  # noqa: S608
        )
        names = [name for name, *_ in found.description]
        for row in found.fetchall():
            values = dict(zip(names, row, strict=True))
            asked = {name: _sent(value) for name, value in values.items() if not name.startswith("_")}
            self._instances.setdefault(values["_prediction_id"], asked)
            self._columns |= asked.keys()

    def read(self) -> Answered:
        """All that was collected, in the order of prediction ids."""
        rows = self._connection.execute("SELECT id, answer FROM wanted ORDER BY id").fetchall()
        outcomes = self._connection.execute("SELECT outcome FROM wanted ORDER BY id").fetchnumpy()
        answers = np.array([answer for _, answer in rows], dtype=np.float64)
        return Answered(
            answers=answers.reshape(-1, self._width),
            outcomes=np.asarray(outcomes["outcome"]),
            instances=[self._instances[name] for name, _ in rows],
            columns=frozenset(self._columns),
        )


def _sent(value: Any) -> Any:
    """A value as a client may have sent it: files keep whole numbers as floats."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
        return int(value)
    return value
