"""Measures trials: fits with their parameters, asked for the rows that validate."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Metric
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.training.definition import CandidateDefinition
from keepfit.training.search.engine import Proposal
from keepfit.training.search.record import Measurement, SearchTrial
from keepfit.training.search.round_sizes import ALL_ROWS
from keepfit.training.search.time_limit import TimeLimitReached, time_limit
from keepfit.training.trials.choose_settings import settle
from keepfit.training.trials.validation import Folds, Validation


@dataclass(slots=True, kw_only=True)
class Measuring:
    """The trials of one candidate on the folds of one training set.

    Args:
        candidate: as it is defined; trials replace some of its parameters.
        folds: their rows; samples of them are made once and shared by trials.
        metric: what is measured.
        wishes: what the definition says of answers.
        seed: of fits and samples.
        best: number, value and answers of the best trial that was measured here on all rows so far.
        own: the answers of trial 0 on all rows, once it was measured here.
    """

    candidate: CandidateDefinition
    folds: Folds
    metric: Metric
    wishes: Wishes
    seed: int
    best: tuple[int, float, Validation] | None = None
    own: Validation | None = None
    samples: dict[float, Folds] = field(default_factory=dict)

    def measure(
        self, trial: SearchTrial, proposal: Proposal, *, number: int, limit: float | None
    ) -> SearchTrial:
        """The trial with what came of it in round ``number``; whatever a fit raises is the end of it alone."""
        started = time.perf_counter()
        try:
            with warnings.catch_warnings(), time_limit(limit):
                warnings.simplefilter("ignore")
                folds = self._folds(proposal.share)
                value = self._value(folds, proposal)
        except TimeLimitReached:
            reason = f"took longer than the {limit:.0f} s that a trial may take here"
            return msgspec.structs.replace(trial, outcome="too slow", reason=reason)
        except Exception as error:  # noqa: BLE001 -- libraries and own code raise anything
            return msgspec.structs.replace(trial, outcome="failed", reason=f"{type(error).__name__}: {error}")
        measurement = Measurement(
            share=proposal.share,
            rows=len(folds.folds[0].labels),
            round=number,
            value=value,
            seconds=round(time.perf_counter() - started, 3),
        )
        return msgspec.structs.replace(trial, measurements=[*trial.measurements, measurement])

    def _value(self, folds: Folds, proposal: Proposal) -> float:
        validation = folds.validate(with_parameters(self.candidate, proposal.parameters), seed=self.seed)
        plain = msgspec.structs.replace(self.wishes, calibration="none")
        settled = settle(validation, folds.targets, task=folds.task, metric=self.metric, wishes=plain)
        if settled.labels is None or settled.outputs is None:
            raise EmptyWindow("no row validates")
        value = float(settled.task.metric(self.metric.name).value(settled.labels, settled.outputs))
        if proposal.share == ALL_ROWS:
            self._keep(proposal.number, value, validation)
        return value

    def _keep(self, number: int, value: float, validation: Validation) -> None:
        """Keeps the answers by which a search is confirmed."""
        if self.best is None or self.metric.gain(value, self.best[1]) > 0:
            self.best = number, value, validation
        if number == 0:
            self.own = validation

    def answers(self, number: int) -> Validation | None:
        """The answers of trial 0 or of the best; None where it was not measured here."""
        if number == 0:
            return self.own
        return self.best[2] if self.best is not None and self.best[0] == number else None

    def _folds(self, share: float) -> Folds:
        if share == ALL_ROWS:
            return self.folds
        if share not in self.samples:
            self.samples = {share: self.folds.sampled(share, self.seed)}
        return self.samples[share]


def with_parameters(candidate: CandidateDefinition, parameters: Mapping[str, Any]) -> CandidateDefinition:
    """The candidate with a trial's parameters over its own."""
    return msgspec.structs.replace(candidate, parameters={**candidate.parameters, **parameters})
