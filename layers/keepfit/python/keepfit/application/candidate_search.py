"""The search of one candidate in its run: how many trials are its own, and where their results are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from keepfit.application.round_parts import RoundParts
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.training.definition import CandidateDefinition
from keepfit.training.runs.run_files import TRIALS, CandidateFiles
from keepfit.training.search.confirm import SURE, confirm
from keepfit.training.search.record import SearchRecord, summarize
from keepfit.training.search.rounds import Round, RoundResult
from keepfit.training.search.search import Search, Searched, round_line
from keepfit.training.search_definition import share_of_trials
from keepfit.training.searched import searched_candidates
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
    moved: str = "",
) -> Validated:
    """Validates a candidate, after its search if it has one; writes trials.json then.

    Args:
        name: the candidate's.
        compiled: the model.
        folds: of its rows; None where nothing can be validated.
        rows: that train.
        files: the candidate's.
        tell: hears of each round.
        moved: the error that a service ended with which began this before; its search is taken up.
    """
    candidate, seed = compiled.candidates[name], compiled.definition.training.seed
    if folds is None:
        return Validated(candidate=candidate, validation=None)
    search = search_of(name, compiled, folds, rows)
    if search is None:
        return Validated(candidate=candidate, validation=folds.validate(candidate, seed=seed))
    parts = RoundParts(files=files, workers=search.definition.workers, moved=moved)
    by_others = parts.workers > 1
    searched = search.searched(parts.read) if by_others else _measured_here(search, parts, tell)
    searched = confirm(searched, candidate, folds, metric=search.metric, wishes=search.wishes, seed=seed)
    files.put(TRIALS, msgspec.json.format(msgspec.json.encode(searched.record, order="sorted")))
    tell(_told(searched.record))
    return Validated(
        candidate=searched.candidate,
        validation=searched.validation,
        search=msgspec.to_builtins(summarize(searched.record)),
    )


def _measured_here(search: Search, parts: RoundParts, tell: Callable[[str], None]) -> Searched:
    measuring = search.measuring()

    def measured(current: Round) -> RoundResult:
        result = parts.measure(search, current, measuring, worker=0, tell=lambda _: None)
        tell(round_line(current, result.trials, search.metric.name))
        return result

    return search.searched(measured, measuring)


def _told(record: SearchRecord) -> str:
    if record.best is None:
        return f"search: none of {len(record.trials)} trials succeeded, so the candidate stays as it is"
    if record.best == 0 and record.certainty is not None:
        sure = f"{record.certainty:.1%} certain, {record.asked or SURE:.1%} are asked"
        return f"search: none of {len(record.trials)} trials is surely better ({sure}), so the candidate stays as it is"
    [best] = [trial.value() for trial in record.trials if trial.number == record.best]
    return f"search: trial {record.best} is the best of {len(record.trials)}, {record.metric} {best:.4f}"


def search_of(name: str, compiled: CompiledModel, folds: Folds, rows: int) -> Search | None:
    """The search of a candidate beside others for so many training rows; None where it has none."""
    definition = compiled.definition.training.search
    if definition is None:
        return None
    searched = searched_candidates(compiled.candidates, folds.task.estimator, rows)
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
