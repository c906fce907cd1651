"""Measures a worker's trials of one round of a candidate's search."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from keepfit.application.candidate_search import part_name, read_round, search_of
from keepfit.application.ports import StoredRows
from keepfit.application.stored_table import read_table
from keepfit.definitions.model import decode_model
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.training.runs.run_files import DEFINITION, CandidateFiles, RunFiles
from keepfit.training.search.rounds import Round, RoundResult
from keepfit.training.search.search import Search
from keepfit.training.trials.validation import Folds, encode_folds


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringTask:
    """Measures what is ``worker``'s, from 0, of round ``number``, from 1, of a candidate's search.

    What the round holds follows from the results of those before, which any worker reads, so nobody hands out trials.
    """

    candidate: str
    number: int
    worker: int
    files: RunFiles
    rows: StoredRows

    def run(self, tell: Callable[[str], None]) -> None:
        """Writes the worker's part of the round after each trial; nothing where the search is over.

        Doing it again writes the same trials again. ``tell`` hears what happens, line by line.
        """
        compiled = decode_model(self.files.get(DEFINITION))
        folds, rows = self._folds(compiled.definition.training.seed)
        search = None if folds is None else search_of(self.candidate, compiled, folds, rows)
        if search is None:
            tell(f"{self.candidate} has nothing to search")
            return
        own = self.files.candidate(self.candidate)

        def measured(current: Round) -> RoundResult | None:
            if current.number < self.number:
                return read_round(own, current, search.definition.workers)
            self._measure(search, current, own, tell)
            return None

        search.searched(measured)

    def _measure(
        self, search: Search, current: Round, files: CandidateFiles, tell: Callable[[str], None]
    ) -> None:
        proposals = current.proposals[self.worker :: search.definition.workers]
        started, done = time.perf_counter(), []
        for trial in search.measure(current, proposals, search.measuring()):
            done.append(trial)
            part = RoundResult(trials=done, seconds=time.perf_counter() - started)
            files.put(part_name(self.number, self.worker), msgspec.json.encode(part))
            tell(f"trial {trial.number}: {trial.outcome}")

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
