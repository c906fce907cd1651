"""The view of training runs and suppressed triggers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from keepfit.registry.ledger import Entry
from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.run import Suppression, TrainingRun
from keepfit.training.runs.run_files import (
    DEFINITION,
    EVALUATION,
    EXAMPLES,
    EXPLANATION,
    FAILURE,
    JUDGEMENT,
    PROFILE,
    REPLAY,
    REPORT,
    SEGMENT_RECORD,
    SELECTION,
    SYSTEM_TESTS,
    TRAINING_SET,
    TRIALS,
    Files,
    RunFiles,
)
from keepfit.training.segments_definition import SEGMENTED
from keepfit.views.stores import ModelStores


class RunDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A run and its documents as they were written; None for those that it did not reach.

    ``candidates`` maps each to its report, or to the error and cause that kept it from having one. ``rows`` are the
    keys of the rows that it trained and judged on: none once they have expired. ``moves`` are what the alias did
    because of it. ``explanations``, ``examples`` of rows and ``searches`` are by candidate, of those that have one;
    ``segments`` says what answers each segment and why, ``profile`` has the columns in bins.
    """

    run: TrainingRun
    definition: Any
    training_set: dict[str, Any] | None
    selection: dict[str, Any] | None = None
    rows: list[str]
    candidates: dict[str, dict[str, Any]]
    judgement: dict[str, Any] | None
    evaluation: dict[str, Any] | None = None
    explanations: dict[str, dict[str, Any]] = {}
    examples: dict[str, dict[str, Any]] = {}
    searches: dict[str, dict[str, Any]] = {}
    segments: dict[str, Any] | None = None
    profile: dict[str, Any] | None = None
    replay: dict[str, Any] | None
    system_tests: dict[str, Any] | None = None
    moves: list[Entry]

    def release_verdicts(self) -> list[Verdict]:
        """The verdicts of the gates on its release; none where it did not come so far."""
        return msgspec.convert((self.system_tests or {}).get("verdicts", []), list[Verdict])

    def judged(self) -> Judgement | None:
        """The judgement as a value; None where nothing was judged."""
        return None if self.judgement is None else msgspec.convert(self.judgement, Judgement)


def read_runs(models: Iterable[ModelStores], limit: int) -> list[TrainingRun]:
    """Reads up to ``limit`` runs of each model, the newest first."""
    return [run for stores in models for run in stores.runs.newest(limit)]


def read_suppressions(models: Iterable[ModelStores], limit: int) -> list[Suppression]:
    """Reads up to ``limit`` suppressed triggers of each model, the newest first."""
    return [suppression for stores in models for suppression in stores.runs.newest_suppressions(limit)]


def read_run(models: Iterable[ModelStores], run_id: str) -> RunDetail | None:
    """Reads a run and its documents; None where none of the models has it."""
    for stores in models:
        run = stores.runs.find(run_id)
        if run is not None:
            return _detail(stores, run)
    return None


def _detail(stores: ModelStores, run: TrainingRun) -> RunDetail:
    files = RunFiles(stores.artifacts, run.folder)
    return RunDetail(
        run=run,
        definition=_document(files, DEFINITION),
        training_set=_document(files, TRAINING_SET),
        selection=_document(files, SELECTION),
        rows=_rows(files),
        candidates=_candidates(files),
        judgement=_document(files, JUDGEMENT),
        evaluation=_document(files, EVALUATION),
        explanations=_of_candidates(files, EXPLANATION),
        examples=_of_candidates(files, EXAMPLES),
        searches=_of_candidates(files, TRIALS),
        segments=_document(files.candidate(SEGMENTED), SEGMENT_RECORD),
        profile=_document(files, PROFILE),
        replay=_document(files, REPLAY),
        system_tests=_document(files, SYSTEM_TESTS),
        moves=[entry for entry in stores.ledger.entries() if entry.run_id == run.run_id],
    )


def _document(files: Files, name: str) -> Any:
    body = files.find(name)
    return None if body is None else msgspec.json.decode(body)


def _rows(files: RunFiles) -> list[str]:
    keys = [*files.store.list(files.rows.key("")), *files.store.list(files.key(""))]
    return [key for key in keys if key.endswith((".parquet", ".jsonl"))]


def _candidates(files: RunFiles) -> dict[str, dict[str, Any]]:
    # In this order a report replaces the failure of an earlier attempt.
    return {**_of_candidates(files, FAILURE), **_of_candidates(files, REPORT)}


def _of_candidates(files: RunFiles, name: str) -> dict[str, dict[str, Any]]:
    """The document of this name of each candidate that has one, beside its model or among the rows."""
    return {
        key.removeprefix(prefix).partition("/")[0]: msgspec.json.decode(files.store.get(key))
        for prefix in (files.rows_of("").folder, files.candidate("").folder)
        for key in sorted(files.store.list(prefix))
        if key.endswith(f"/{name}")
    }
