"""Compares candidate and champion on rows known before the newest uploads, and on newer ones.

An upload may be wrong in a way that a model learns, and that the rows of the same upload confirm. Rows that were there
when the champion was trained cannot be a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from keepfit.errors import EmptyWindow
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.comparison import ChampionScores, Scored
from keepfit.training.training_set import too_few_to_judge


@dataclass(frozen=True, slots=True, kw_only=True)
class PartGain:
    """How much better the candidate is than the champion on a part of the holdout.

    Args:
        rows: how many are compared.
        value: the gain in the metric.
        advantage: how much better the champion is there than the best constant.
    """

    rows: int
    value: float
    advantage: float

    @property
    def lost(self) -> float:
        """The share of the champion's advantage that the candidate lacks; below 0 it has more."""
        return -self.value / self.advantage if self.advantage > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartGains:
    """The gains on rows known before and on those that came since; None for too few."""

    trusted: PartGain | None = None
    new: PartGain | None = None


NO_PARTS: Final = PartGains()


def gains_by_part(
    labels: Labels,
    chosen: Scored,
    champion: ChampionScores | None,
    gates: GatesDefinition,
    *,
    task: TrainingTask,
    metric: Metric,
) -> PartGains:
    """The gains of the ``chosen`` candidate on both parts of the rows that can be compared."""
    if champion is None or champion.served is None or champion.trusted is None:
        return NO_PARTS
    compared = np.ones(len(labels), dtype=np.bool_) if champion.compared is None else champion.compared
    theirs = Scored(champion.served, champion.task or task)

    def gain(rows: npt.NDArray[np.bool_]) -> PartGain | None:
        if too_few_to_judge(task, labels[rows], gates) is not None:
            return None
        of = labels[rows]
        try:
            ours, other = (
                each.task.metric(metric.name).value(of, each.outputs[rows]) for each in (chosen, theirs)
            )
            constant = metric.value(of, metric.constant(of, theirs.outputs[rows]))
        except EmptyWindow:
            return None
        return PartGain(
            rows=int(rows.sum()),
            value=float(metric.gain(ours, other)),
            advantage=float(metric.gain(other, constant)),
        )

    return PartGains(trusted=gain(compared & champion.trusted), new=gain(compared & ~champion.trusted))
