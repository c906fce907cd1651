"""Scores a part of a file: its rows become a file of answers, and one of those that are refused."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import nanoarrow
import numpy as np
import numpy.typing as npt

from keepfit.errors import RefusedUpload
from keepfit.features.database import database
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.offline.arrow import column_of
from keepfit.features.offline.columns import Values
from keepfit.serving.batch.answer_columns import AnswerColumns
from keepfit.serving.batch.chosen_columns import ChosenColumns
from keepfit.serving.batch.parquet_table import parquet_rows
from keepfit.serving.batch.part import MEMORY_MB, Part, TableColumn, TableFormat
from keepfit.serving.batch.part_files import (
    PartResult,
    Problem,
    Problems,
    Reason,
    ResultFormat,
    write_results,
)
from keepfit.serving.batch.row_matrix import RowMatrix
from keepfit.serving.batch.row_query import RowQuery
from keepfit.serving.batch.text_table import text_rows
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.base import Outputs

# Rows that the model is asked at once: enough that a call is nothing, few enough that they stay in the cache.
_AT_ONCE = 2048
_WHAT: Final[Mapping[TableFormat, str]] = {"parquet": "Parquet", "records": "records of texts"}


class Scored(NamedTuple):
    """The number of each row of a part, and its answers.

    ``unread`` are the problems of cells that only Python reads, ``invalid`` those that the model has with rows, and
    ``unsure`` says whether there may be others.
    """

    numbers: npt.NDArray[np.int64]
    answers: AnswerColumns
    unread: list[Problem]
    invalid: list[Problem]
    unsure: bool


@dataclass(frozen=True, kw_only=True)
class PartScorer:
    """Scores the parts of one file.

    Args:
        scorer: the model.
        stored: how parts are stored.
        columns: those of the file.
        chosen: of them, what is read and carried.
        form: how results are written.
    """

    scorer: Scorer
    stored: TableFormat
    columns: Sequence[TableColumn]
    chosen: ChosenColumns
    form: ResultFormat

    def score(self, part: Part, path: Path, folder: Path) -> PartResult:
        """Writes the files of a part into ``folder``, which holds the file of the part, ``path``.

        A part that cannot be read is a result as well, so that others are not held up by it.

        Raises:
            ServiceUnavailable: the disk is full.
        """
        started = time.perf_counter()
        try:
            with refusing(_WHAT[self.stored], folder), database(folder, memory_mb=MEMORY_MB) as connection:
                result = self._score(connection, part, path, folder)
        except RefusedUpload as error:
            result = PartResult(
                number=part.number, rows=part.rows, answered=0, refused=part.rows, unread=str(error)
            )
        return msgspec.structs.replace(result, seconds=round(time.perf_counter() - started, 3))

    def _score(self, connection: Any, part: Part, path: Path, folder: Path) -> PartResult:
        rows = self._rows(part, path)
        query = RowQuery(self.scorer.signature, self.chosen.cells(self.columns), rows)
        scored = self._answers(connection, query)
        found = len(scored.numbers)
        if found != part.rows:
            raise RefusedUpload(f"has {found} rows where {part.rows} were announced; write the file again")
        reasons, refused = list[Reason](), f"{part.name}.refused.jsonl"
        answered = np.ones(found, np.bool_)
        if scored.unsure or scored.unread or scored.invalid:
            problems = Problems(connection)
            if scored.unsure:
                problems.find(query.problems())
            problems.add(scored.unread)
            problems.add_of_model(scored.invalid)
            answered = ~np.isin(scored.numbers, problems.rows())
            if not answered.all():
                reasons = problems.write(folder / refused)
        result = f"{part.name}.{self.form}"
        write_results(
            connection,
            rows,
            folder / result,
            form=self.form,
            carried=self.chosen.carried,
            answers=scored.answers.arrays(),
            answered=answered,
        )
        return PartResult(
            number=part.number,
            rows=found,
            answered=int(answered.sum()),
            refused=int(found - answered.sum()),
            reasons=reasons,
            result=result,
            refused_rows=refused if reasons else None,
        )

    def _rows(self, part: Part, path: Path) -> str:
        if self.stored == "parquet":
            return parquet_rows(path, part, len(self.columns))
        return text_rows(path, len(self.columns))

    def _answers(self, connection: Any, query: RowQuery) -> Scored:
        matrix, answers = RowMatrix(self.scorer.signature, query), AnswerColumns(self.scorer.task)
        numbers: list[npt.NDArray[Any]] = []
        unread, invalid, unsure = list[Problem](), list[Problem](), False
        for batch in nanoarrow.ArrayStream(connection.sql(query.values(matrix.terms, but=matrix.checked))):
            first, doubted, *columns = (batch.child(place) for place in range(batch.n_children))
            rows_from, doubts = _values(first).copy(), _values(doubted) != 0
            values, flaws = matrix.numbers(columns)
            unsure = unsure or bool(doubts.any()) or not matrix.good(values)
            unread += [(int(rows_from[one.place]), one.field, one.reason, one.value) for one in flaws]
            for start, end in _chunks(len(rows_from)):
                rows = matrix.rows(values, start, end)
                outputs, wrong = self.scorer.score_rows(rows)
                answers.add(outputs)
                if wrong is not None:
                    invalid += self._invalid(rows, outputs, rows_from[start:end], np.flatnonzero(wrong))
            numbers.append(rows_from)
        return Scored(np.concatenate(numbers), answers, unread, invalid, unsure)

    def _invalid(
        self,
        rows: npt.NDArray[np.float32],
        outputs: Outputs,
        numbers: npt.NDArray[Any],
        places: npt.NDArray[np.intp],
    ) -> Iterator[Problem]:
        """Why rows at ``places`` have no valid answer."""
        for place in places.tolist():
            for field, reason in self.scorer.invalid_row(rows[place], outputs[place]):
                yield int(numbers[place]), field, reason, None


def _chunks(rows: int) -> Iterator[tuple[int, int]]:
    """Where chunks of rows start and end. No row is left for itself, which other code would multiply."""
    start = 0
    while start < rows:
        end = rows if rows - start - _AT_ONCE <= 1 else start + _AT_ONCE
        yield start, end
        start = end


def _values(array: nanoarrow.Array) -> npt.NDArray[Any]:
    column = column_of(array)
    if not isinstance(column, Values):
        raise TypeError("texts are no numbers")
    return column.values
