"""A quick learner of some columns and their shadows, which predicts the rows that validate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Fitted, Matrix, Problem, with_every_class
from keepfit.training.trials.fit_candidate import fit_problem
from keepfit.training.trials.validation import Fold

MAX_TRAINING_ROWS: Final = 20_000
MAX_VALIDATION_ROWS: Final = 10_000

# Few and shallow trees: which columns help shows long before the last thousandth of a metric.
_PARAMETERS: Final[dict[str, Any]] = {
    "n_estimators": 40,
    "learning_rate": 0.15,
    "num_leaves": 7,
    "min_child_samples": 20,
    "early_stopping_rounds": None,
}
_LEARNER: Final = CandidateDefinition(algorithm="lightgbm", parameters=_PARAMETERS)

Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The numbers of one column, which stay together; as a ``shadow``, those of other rows."""

    column: str
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of some ``blocks`` in a fold, and (rows, numbers) of its rows that validate."""

    fold: Fold
    blocks: Sequence[Block]
    fitted: Fitted
    task: TrainingTask
    rows: Matrix

    def places(self, block: int) -> list[int]:
        """The places of a block's numbers in ``rows``."""
        widths = [len(_places(self.fold, each.column)) for each in self.blocks[: block + 1]]
        return list(range(sum(widths[:-1]), sum(widths)))

    def raw(self, permuted: int | None = None, random: Random | None = None) -> npt.NDArray[np.float64]:
        """(rows, outputs) for the rows that validate; with a block's values ``permuted`` among them."""
        rows = self.rows
        if permuted is not None and random is not None:
            places = self.places(permuted)
            rows = rows.copy()
            rows[:, places] = self.rows[random.permutation(len(rows))][:, places]
        return with_every_class(self.fitted.raw(rows), self.fold.labels, self.task)


def learn(
    fold: Fold, blocks: Sequence[Block], task: TrainingTask, *, share: float, random: Random
) -> Learned:
    """Fits to a drawn ``share`` of the rows that train in the fold.

    Raises:
        EmptyWindow: nothing can be learned of those rows.
    """
    size = min(MAX_TRAINING_ROWS, max(1, round(share * len(fold.labels))))
    drawn = np.sort(random.permutation(len(fold.labels))[:size])
    labels = fold.labels[drawn]
    problem = Problem(
        features=_arranged(fold, fold.features[drawn], blocks, random),
        labels=labels,
        task=task,
        target=task.targets(labels)[0],
        code_sizes=_code_sizes(fold, blocks),
    )
    fitted = fit_problem(_LEARNER, problem, seed=int(random.integers(2**31)))
    rows = _arranged(fold, fold.asked.features, blocks, random)
    return Learned(fold, blocks, fitted, task, rows)


def _places(fold: Fold, column: str) -> list[int]:
    return [place for place, name in enumerate(fold.columns) if name == column]


def _arranged(fold: Fold, features: Matrix, blocks: Sequence[Block], random: Random) -> Matrix:
    """The numbers of the blocks, side by side."""
    arranged = []
    for block in blocks:
        numbers = features[:, _places(fold, block.column)]
        arranged.append(numbers[random.permutation(len(numbers))] if block.shadow else numbers)
    return np.ascontiguousarray(np.concatenate(arranged, axis=1))


def _code_sizes(fold: Fold, blocks: Sequence[Block]) -> dict[int, int]:
    sources = [place for block in blocks for place in _places(fold, block.column)]
    return {
        place: fold.code_sizes[source] for place, source in enumerate(sources) if source in fold.code_sizes
    }
