"""Confirms a search: its best trial wins only where it is surely better than the candidate itself.

The best of many trials on the same rows is the luckiest of them, too. Where rows that validate cannot tell it from the
candidate itself, what is defined stays.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from keepfit.errors import EmptyWindow
from keepfit.evaluation.bootstrap import bootstrap
from keepfit.evaluation.metrics.base import Metric, Prepared
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.training.definition import CandidateDefinition
from keepfit.training.search.record import SearchRecord
from keepfit.training.search.search import Searched
from keepfit.training.trials.choose_settings import settle
from keepfit.training.trials.validation import Folds, Validation

SURE: Final = 0.84
"""The share of resamples in which the only other trial would have to be better: about one standard error."""


def confirm(
    searched: Searched,
    candidate: CandidateDefinition,
    folds: Folds,
    *,
    metric: Metric,
    wishes: Wishes,
    seed: int,
) -> Searched:
    """The search with its winner's answers: ``candidate`` itself wins where no trial is surely better.

    Fits are made again only for answers that the search has not kept, because others measured its trials.
    """
    chosen = searched.validation or folds.validate(searched.candidate, seed=seed)
    searched = replace(searched, validation=chosen)
    first = next((trial for trial in searched.record.trials if trial.number == 0), None)
    if searched.record.best in (None, 0) or first is None or first.is_over:
        return searched
    own = searched.own or folds.validate(candidate, seed=seed)
    certainty = _certainty(chosen, own, folds, metric, wishes, seed)
    record = msgspec.structs.replace(
        searched.record, certainty=certainty, asked=asked_certainty(searched.record)
    )
    if certainty >= (record.asked or SURE):
        return replace(searched, record=record)
    return replace(
        searched, candidate=candidate, validation=own, record=msgspec.structs.replace(record, best=0)
    )


def asked_certainty(record: SearchRecord) -> float:
    """The share of resamples in which the best has to be better, for it is the best of so many (Šidák).

    Only trials on all rows count: what was cut before was not looked at beside it.
    """
    others = sum(trial.number != 0 and trial.value() is not None for trial in record.trials)
    return round(float(SURE ** (1 / max(others, 1))), 4)


def _certainty(
    chosen: Validation, own: Validation, folds: Folds, metric: Metric, wishes: Wishes, seed: int
) -> float:
    """The share of resamples of the rows that validate in which the chosen trial is better."""
    both = {name: _prepared(each, folds, metric, wishes) for name, each in (("chosen", chosen), ("own", own))}
    resampled = bootstrap(both, strata=folds.task.strata(chosen.labels), seed=seed)
    return float(np.mean(metric.gain(resampled["chosen"], resampled["own"]) > 0))


def _prepared(validation: Validation, folds: Folds, metric: Metric, wishes: Wishes) -> Prepared:
    plain = msgspec.structs.replace(wishes, calibration="none")
    settled = settle(validation, folds.targets, task=folds.task, metric=metric, wishes=plain)
    if settled.labels is None or settled.outputs is None:
        raise EmptyWindow("no row validates")
    return settled.task.metric(metric.name).prepare(settled.labels, settled.outputs)
