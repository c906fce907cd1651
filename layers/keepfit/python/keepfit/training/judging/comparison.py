"""Compares candidates with the champion, on rows that both can answer and neither trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.results import Figure
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.judgement import ChampionEvaluation
from keepfit.training.training_set import too_few_to_judge

CHAMPION, _CHOSEN = "champion", "chosen"


@dataclass(frozen=True, slots=True)
class Scored:
    """(rows,) outputs of a model, and its own task: two models may decide by different thresholds."""

    outputs: Outputs
    task: TrainingTask


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionScores:
    """The champion's outputs on the holdout, for a judgement.

    Args:
        version: its number.
        served: its outputs on the holdout, of which only ``compared`` rows mean something; None for no answers.
        compared: (rows,) which rows it is compared on; None for all.
        left_out: why the others are not, and how many for each reason.
        note: why it has no scores, where it has none.
        task: its own, with its own threshold; None for the run's.
        trusted: (rows,) which rows were taken in before its run began; None where that is not known.
    """

    version: int
    served: Outputs | None = None
    compared: npt.NDArray[np.bool_] | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None
    task: TrainingTask | None = None
    trusted: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """How much better a candidate is than the champion on the same rows, and in each resample of them."""

    value: float
    resampled: Figures

    def certainty(self, least: float) -> float:
        """The share of resamples in which it is more than ``least``."""
        return float((self.resampled > least).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The chosen candidate and the champion on the same rows; ``short`` says why they are not compared."""

    metric: Metric
    values: Mapping[str, float] = field(default_factory=dict)
    resampled: Mapping[str, Figures] = field(default_factory=dict)
    figures: list[Figure] | None = None
    rows: int = 0
    short: str | None = None

    def gain(self) -> Gain | None:
        """How much better the candidate is; None where nothing is compared."""
        if CHAMPION not in self.values:
            return None
        value, resampled = (
            self.metric.gain(figures[_CHOSEN], figures[CHAMPION]) for figures in (self.values, self.resampled)
        )
        return Gain(value=float(value), resampled=np.asarray(resampled))


def compare(
    labels: Labels,
    chosen: Scored,
    champion: ChampionScores | None,
    gates: GatesDefinition,
    *,
    task: TrainingTask,
    metric: Metric,
    seed: int,
) -> Comparison:
    """Measures the ``chosen`` candidate and the champion on the same rows, where those are enough."""
    if champion is None:
        return Comparison(metric=metric)
    if champion.served is None:
        return Comparison(metric=metric, short=champion.note or "it gave no scores")
    rows = np.ones(len(labels), dtype=np.bool_) if champion.compared is None else champion.compared
    few = too_few_to_judge(task, labels[rows], gates)
    if few is not None:
        short = f"what both can answer is {few}{_left_out(champion)}"
        return Comparison(metric=metric, rows=int(rows.sum()), short=short)
    both = {_CHOSEN: chosen, CHAMPION: Scored(champion.served, champion.task or task)}
    prepared = {
        name: each.task.metric(metric.name).prepare(labels[rows], each.outputs[rows])
        for name, each in both.items()
    }
    return Comparison(
        metric=metric,
        values={name: each.value() for name, each in prepared.items()},
        resampled=bootstrap(prepared, strata=task.strata(labels[rows]), seed=seed),
        figures=task.figures(labels[rows], champion.served[rows]),
        rows=int(rows.sum()),
    )


def _left_out(champion: ChampionScores) -> str:
    reasons = "; ".join(f"{rows:,} rows: {reason}" for reason, rows in champion.left_out.items())
    return f" ({reasons})" if reasons else ""


def on_rows(compared: Comparison, champion: ChampionScores | None) -> str:
    """The phrase "on n rows" for messages, where the rows are not the whole holdout."""
    if champion is None or not champion.left_out:
        return ""
    return f" on the {compared.rows:,} rows that can be compared{_left_out(champion)}"


def evaluate_champion(champion: ChampionScores | None, compared: Comparison) -> ChampionEvaluation | None:
    """The evaluation of the champion; None before the first release."""
    if champion is None:
        return None
    details: dict[str, Any] = {}
    if compared.short is None:
        details = {
            "metric": compared.values[CHAMPION],
            "interval": interval(compared.resampled[CHAMPION]),
            "curves": compared.figures,
        }
    return ChampionEvaluation(
        version=champion.version,
        rows=compared.rows,
        left_out=dict(champion.left_out),
        note=compared.short,
        **details,
    )
