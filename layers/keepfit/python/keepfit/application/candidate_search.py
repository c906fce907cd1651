"""The search of one candidate in its run: how many trials are its own, and where their results are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from keepfit.definitions.model import CompiledModel
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.definition import CandidateDefinition, tried
from keepfit.training.runs.run_files import TRIALS, CandidateFiles
from keepfit.training.search.confirm import SURE, confirm
from keepfit.training.search.record import SearchRecord, summarize
from keepfit.training.search.rounds import Round, RoundResult, merged
from keepfit.training.search.search import Search, search_space
from keepfit.training.search_definition import share_of_trials
from keepfit.training.trials.validation import Folds, Validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """A candidate as its search chose, its answers to rows that validate, and the search in short."""

    candidate: CandidateDefinition
    validation: Validation | None
    search: Mapping[str, Any] | None = None


def validated(
    name: str,
    compiled: CompiledModel,
    folds: Folds | None,
    rows: int,
    *,
    files: CandidateFiles,
    tell: Callable[[str], None],
) -> Validated:
    """Validates a candidate, after its search if it has one; writes trials.json then.

    Args:
        name: the candidate's.
        compiled: the model.
        folds: of its rows; None where nothing can be validated.
        rows: that train.
        files: the candidate's.
        tell: hears of each round.
    """
    candidate, seed = compiled.candidates[name], compiled.definition.training.seed
    if folds is None:
        return Validated(candidate=candidate, validation=None)
    search = search_of(name, compiled, folds, rows)
    if search is None:
        return Validated(candidate=candidate, validation=folds.validate(candidate, seed=seed))
    if search.definition.workers > 1:
        searched = search.searched(lambda current: read_round(files, current, search.definition.workers))
    else:
        searched = search.run(tell)
    searched = confirm(searched, candidate, folds, metric=search.metric, wishes=search.wishes, seed=seed)
    files.put(TRIALS, msgspec.json.format(msgspec.json.encode(searched.record, order="sorted")))
    tell(_told(searched.record))
    return Validated(
        candidate=searched.candidate,
        validation=searched.validation,
        search=msgspec.to_builtins(summarize(searched.record)),
    )


def _told(record: SearchRecord) -> str:
    if record.best is None:
        return f"search: none of {len(record.trials)} trials succeeded, so the candidate stays as it is"
    if record.best == 0 and record.certainty is not None:
        sure = f"{record.certainty:.0%} certain, {SURE:.0%} are asked"
        return f"search: none of {len(record.trials)} trials is surely better ({sure}), so the candidate stays as it is"
    [best] = [trial.value() for trial in record.trials if trial.number == record.best]
    return f"search: trial {record.best} is the best of {len(record.trials)}, {record.metric} {best:.4f}"


def search_of(name: str, compiled: CompiledModel, folds: Folds, rows: int) -> Search | None:
    """The search of a candidate beside others for so many training rows; None where it has none."""
    definition = compiled.definition.training.search
    if definition is None:
        return None
    searched = _searched(compiled, folds.task, rows)
    if name not in searched:
        return None
    return Search(
        name=name,
        candidate=compiled.candidates[name],
        folds=folds,
        definition=definition,
        trials=share_of_trials(definition.trials, len(searched), searched.index(name)),
        metric=folds.task.metric(compiled.definition.gates.metric),
        wishes=compiled.wishes,
        seed=compiled.definition.training.seed,
    )


def _searched(compiled: CompiledModel, task: TrainingTask, rows: int) -> list[str]:
    return [
        name for name in tried(compiled.candidates, rows) if search_space(compiled.candidates[name], task)
    ]


def read_round(files: CandidateFiles, current: Round, workers: int) -> RoundResult | None:
    """What workers measured of a round; None where none of them measured anything."""
    bodies = [files.find(part_name(current.number, worker)) for worker in range(workers)]
    parts = [msgspec.json.decode(body, type=RoundResult) for body in bodies if body is not None]
    return merged(parts) if parts else None


def part_name(number: int, worker: int) -> str:
    """The file of what a worker, from 0, measured of a round."""
    return f"search/{number:02}-{worker:02}.json"
