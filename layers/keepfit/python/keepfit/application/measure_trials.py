"""Measures a worker's trials of one round of a candidate's search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keepfit.application.candidate_search import search_of
from keepfit.application.ports import StoredRows
from keepfit.application.round_parts import RoundParts
from keepfit.application.stored_table import read_table
from keepfit.definitions.compiled_model import decode_model
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.training.runs.run_files import DEFINITION, RunFiles
from keepfit.training.search.rounds import Round, RoundResult
from keepfit.training.trials.validation import Folds, encode_folds


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringTask:
    """Measures what is ``worker``'s, from 0, of round ``number``, from 1, of a candidate's search.

    What the round holds follows from the results of those before, which any worker reads, so nobody hands out trials.
    ``moved`` is the error that a service before this one ended with.
    """

    candidate: str
    number: int
    worker: int
    files: RunFiles
    rows: StoredRows
    moved: str = ""

    def run(self, tell: Callable[[str], None]) -> None:
        """Writes the worker's part of the round trial by trial; nothing where the search is over.

        Doing it again takes up what is missing. ``tell`` hears what happens, line by line.
        """
        compiled = decode_model(self.files.get(DEFINITION))
        folds, rows = self._folds(compiled.definition.training.seed)
        search = None if folds is None else search_of(self.candidate, compiled, folds, rows)
        if search is None:
            tell(f"{self.candidate} has nothing to search")
            return
        parts = RoundParts(
            files=self.files.candidate(self.candidate), workers=search.definition.workers, moved=self.moved
        )

        def measured(current: Round) -> RoundResult | None:
            if current.number < self.number:
                return parts.read(current)
            parts.measure(search, current, search.measuring(), worker=self.worker, tell=tell)
            return None

        search.searched(measured)

    def _folds(self, seed: int) -> tuple[Folds | None, int]:
        """The folds, and how many rows train."""
        signature = self.files.signature()
        task = training_task_of(signature.task)
        train, validation = (
            read_table(self.files, self.rows, part, signature, task) for part in ("train", "validation")
        )
        folds = encode_folds(train, validation, signature=signature, task=task, seed=seed)
        return folds, len(train.labels)

    def fail(self, error: Exception) -> None:
        """Nothing: what is missing of a round has failed for those that read it."""
