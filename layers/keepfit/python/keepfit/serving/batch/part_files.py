"""The files of a part: its answers, and the rows that were refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.features.sql_literals import quoted, text
from keepfit.serving.batch.chosen_columns import Carried
from keepfit.serving.batch.part import ROW

ResultFormat = Literal["parquet", "csv"]

_OPTIONS: Mapping[ResultFormat, str] = {
    # Numbers mostly differ from each other, and nobody looks for single ones.
    "parquet": "FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000, WRITE_BLOOM_FILTER false",
    "csv": "FORMAT csv, HEADER true",
}
_MAX_REASONS = 100
_AFTER_FIELDS = 1_000_000

Problem = tuple[int, str, str, str | None]
"""A row's number, the field or none, the reason, and the text of the cell."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why rows were refused, and how many problems of this kind there were; no field for whole rows."""

    field: str | None
    reason: str
    rows: int


class PartResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a part: its rows, those of them with an answer, why others have none, and its files.

    ``unread`` is why none of its rows could be read, where that is so; it has no files then.
    """

    number: int
    rows: int
    answered: int
    refused: int
    reasons: list[Reason] = []
    result: str | None = None
    refused_rows: str | None = None
    unread: str | None = None
    seconds: float = 0.0


def write_results(
    connection: Any,
    rows: str,
    path: Path,
    *,
    form: ResultFormat,
    carried: Sequence[Carried],
    answers: Mapping[str, npt.NDArray[Any]],
    answered: npt.NDArray[Any],
) -> None:
    """Writes the rows that were answered, in their order, with what is carried of them.

    Args:
        connection: a database.
        rows: a query of the whole part.
        path: the new file.
        form: its format.
        carried: columns of the part.
        answers: (rows,) of each column of answers.
        answered: (rows,) whether a row has one.
    """
    connection.register(
        "_answers", {"_answered": answered, **{f"a{n}": each for n, each in enumerate(answers.values())}}
    )
    terms = [
        f"_row AS {quoted(ROW)}",
        *(f"a{n} AS {quoted(name)}" for n, name in enumerate(answers)),
        *(f"c{column.place} AS {quoted(column.name)}" for column in carried),
    ]
    try:
        connection.execute(
            f"COPY (SELECT {', '.join(terms)} FROM ({rows}) AS r POSITIONAL JOIN _answers AS a WHERE a._answered) "
            f"TO {text(str(path))} ({_OPTIONS[form]})"
        )
    finally:
        connection.unregister("_answers")


class Problems:
    """What is wrong with the rows of a part that are refused, gathered in a table of the database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE _problems (row BIGINT, place INTEGER, field VARCHAR, reason VARCHAR, "
            "value VARCHAR)"
        )

    def find(self, query: str) -> None:
        """Adds what a query of ``RowQuery.problems`` finds."""
        self._connection.execute(f"INSERT INTO _problems {query}")

    def add(self, found: Sequence[Problem]) -> None:
        """Adds what was found otherwise."""
        if found:
            self._connection.executemany(
                f"INSERT INTO _problems VALUES (?, {_AFTER_FIELDS}, ?, ?, ?)",
                [[row, field or None, reason, value] for row, field, reason, value in found],
            )

    def add_of_model(self, found: Sequence[Problem]) -> None:
        """Adds what the model made of rows with which nothing else is wrong."""
        known = {*self.rows().tolist()}
        self.add([problem for problem in found if problem[0] not in known])

    def rows(self) -> npt.NDArray[np.int64]:
        """The rows that have one, in order."""
        query = "SELECT DISTINCT row FROM _problems ORDER BY row"
        return np.array([row for (row,) in self._connection.execute(query).fetchall()], np.int64)

    def write(self, path: Path) -> list[Reason]:
        """Writes them as lines of JSON, by row, and counts the reasons."""
        self._connection.execute(
            "COPY (SELECT row, field, reason, value FROM _problems ORDER BY row, place) "
            f"TO {text(str(path))} (FORMAT json)"
        )
        counted = self._connection.execute(
            "SELECT field, reason, count(*) AS rows FROM _problems GROUP BY field, reason "
            f"ORDER BY rows DESC, field, reason LIMIT {_MAX_REASONS}"
        ).fetchall()
        return [Reason(field=field, reason=reason, rows=rows) for field, reason, rows in counted]
