"""Joins collected predictions with outcomes, in DuckDB: files of predictions one after another."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keepfit.adapters.duckdb.answered_requests import AnsweredRequests
from keepfit.adapters.duckdb.joined_outcomes import read_joined
from keepfit.adapters.duckdb.outcome_join import OutcomeJoin
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.definitions.compiled_model import CompiledOutcomes
from keepfit.features.database import database
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.monitoring.outcomes.labelled import LabelledColumns
from keepfit.monitoring.outcomes.pairs import Answered, Joined, Question

_MAX_COPIES: Final = 8
_MEMORY_MB: Final = 1024  # half of what the function has; the rest is numpy's


@dataclass(frozen=True, slots=True, kw_only=True)
class DuckdbOutcomePairs:
    """See ``monitoring.outcomes.ports.OutcomePairs``.

    Args:
        outcomes: where they are.
        predictions: of the model.
        lake: holds the outcomes' dataset.
        records: say which version of that is the newest.
    """

    outcomes: CompiledOutcomes
    predictions: ParquetPredictions
    lake: Lake
    records: DatasetRecords

    def is_told(self) -> bool:
        return self.records.newest(self.outcomes.dataset) is not None

    def join(self, question: Question) -> Joined:
        version = self.records.newest(self.outcomes.dataset)
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            joining = OutcomeJoin(connection=connection, outcomes=self.outcomes, question=question)
            within = self._ask(joining, version, Path(folder))
            if question.everywhere and joining.by_id and joining.misses_some():
                others = sorted({*self.predictions.keys()} - {*within}, reverse=True)
                for paths in self.predictions.copies(others, Path(folder)):
                    joining.look_elsewhere(paths)
            return read_joined(connection, by_id=joining.by_id, dataset_version=version)

    def answered(self, question: Question, version: int, *, width: int, limit: int) -> Answered:
        told = self.records.newest(self.outcomes.dataset)
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            joining = OutcomeJoin(connection=connection, outcomes=self.outcomes, question=question)
            keys = self._ask(joining, told, Path(folder))
            requests = AnsweredRequests(connection, version, width=width, limit=limit)
            for paths in self.predictions.copies(keys, Path(folder)):
                requests.collect(paths)
            return requests.read()

    def write_rows(self, question: Question, columns: LabelledColumns, path: Path) -> int:
        """Writes the predictions that have an outcome as a Parquet file; answers with how many there are."""
        version = self.records.newest(self.outcomes.dataset)
        with (
            tempfile.TemporaryDirectory() as folder,
            database(Path(folder), memory_mb=_MEMORY_MB) as connection,
        ):
            joining = OutcomeJoin(
                connection=connection, outcomes=self.outcomes, question=question, inputs=columns.inputs
            )
            self._ask(joining, version, Path(folder))
            written = Path(folder) / "labelled.parquet"
            rows = joining.write(columns, written)
            shutil.copyfile(written, path)
        return rows

    def _ask(self, joining: OutcomeJoin, version: int | None, folder: Path) -> list[str]:
        """Reads outcomes, and the predictions of the window; answers with the keys of their files."""
        joining.tell(self._parts(version, folder))
        keys = self.predictions.keys_between(joining.question.start, joining.question.end)
        for paths in self.predictions.copies(keys, folder):
            joining.ask(paths)
        return keys

    def _parts(self, version: int | None, folder: Path) -> list[Path]:
        if version is None:
            return []
        parts = self.lake.manifest(self.outcomes.dataset, version).parts
        paths = [folder / f"part{number}.parquet" for number in range(len(parts))]
        # Each report of a client is a part, so there may be thousands of small ones.
        with ThreadPoolExecutor(_MAX_COPIES) as copies:
            list(copies.map(self.lake.get_part, parts, paths))
        return paths
