"""The cost of a fit by the work it is: rows, numbers of a row, and steps.

Figures are fixed in advance, so that what is fitted for an explanation follows from data, definition and seed alone,
whatever else the machine does. They are CPU seconds of one core of a busy machine, for 2,000 to 40,000 rows of 20 to 60
numbers; a quiet one takes less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.definition import CandidateDefinition
from keepfit.training.trials.fit_candidate import effective_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class FitCost:
    """The cost of one step of an algorithm, or of a whole fit where it has no steps.

    Args:
        ms: whatever the rows are.
        cell_ns: for each number of each row.
        steps: the parameter that says how many steps there are.
        each_class: whether every class of several takes as much.
    """

    ms: float
    cell_ns: float
    steps: str | None = None
    each_class: bool = True

    def seconds(self, cells: int, parameters: Mapping[str, Any], scores: int) -> float:
        """Seconds of a fit to so many numbers in all.

        >>> FitCost(ms=1.0, cell_ns=5.0, steps="n_estimators").seconds(200_000, {"n_estimators": 500}, 1)
        1.0
        """
        steps = parameters.get(self.steps, _STEPS) if self.steps else 1
        count = steps if isinstance(steps, int) else _STEPS
        return count * (scores if self.each_class else 1) * (self.ms / 1e3 + self.cell_ns * cells / 1e9)


# Where a parameter that says how many is none of ours.
_STEPS: Final = 100
COSTS: Final[Mapping[str, FitCost]] = {
    "logistic_regression": FitCost(ms=10.0, cell_ns=130.0),
    "ridge": FitCost(ms=10.0, cell_ns=130.0),
    "elastic_net": FitCost(ms=10.0, cell_ns=3_000.0),
    "hist_gradient_boosting": FitCost(ms=2.4, cell_ns=6.0, steps="max_iter"),
    "lightgbm": FitCost(ms=1.0, cell_ns=6.5, steps="n_estimators"),
    "xgboost": FitCost(ms=1.4, cell_ns=7.0, steps="n_estimators"),
    "random_forest": FitCost(ms=4.0, cell_ns=52.0, steps="n_estimators", each_class=False),
    "extra_trees": FitCost(ms=4.0, cell_ns=52.0, steps="n_estimators", each_class=False),
    # Its members by default, with 500 steps of each booster.
    "stacking": FitCost(ms=1_210.0, cell_ns=6_880.0),
    "dummy": FitCost(ms=1.0, cell_ns=0.0),
}
"""By algorithm. Whatever is not listed, own code among it, is taken for a forest of 60 trees."""
_UNKNOWN: Final = FitCost(ms=240.0, cell_ns=3_120.0, each_class=False)


def fit_seconds(candidate: CandidateDefinition, task: TrainingTask, *, rows: int, numbers: int) -> float:
    """The cost of a fit of the candidate to ``rows`` rows of ``numbers`` numbers."""
    cost = COSTS.get(candidate.algorithm, _UNKNOWN)
    return cost.seconds(rows * numbers, effective_parameters(candidate, task, rows), task.scores)
