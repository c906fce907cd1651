"""Permutation importance: how much worse a model gets where a column's values are shuffled.

Source: Breiman, Random Forests (2001), 10; Fisher, Rudin & Dominici, All Models are Wrong, but Many are Useful (2019).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.explanation.report import Importance, PermutationImportance
from keepfit.training.recipes.base import Matrix

_SHUFFLES, _RESAMPLES = 2, 50
MAX_ROWS = 1_000
_PLAIN = "plain"


def permutation_importance(
    predict: Callable[[Matrix], Outputs],
    features: Matrix,
    labels: Labels,
    *,
    columns: Mapping[str, Sequence[int]],
    task: TrainingTask,
    metric: Metric,
    seed: int,
) -> PermutationImportance:
    """The importance of each column for a model on rows that it had not seen.

    Each shuffle is compared with the plain rows on the same resamples of rows, so that the interval holds the chance
    of rows and of shuffles. Columns that say the same stand in for each other, and both seem unimportant.

    Args:
        predict: the model.
        features: (rows, numbers) of the rows.
        labels: (rows,) the answers.
        columns: each column's numbers in the matrix, which are shuffled together.
        task: what labels mean.
        metric: what gets worse.
        seed: of shuffles and resamples.
    """
    random = np.random.default_rng(seed)
    drawn = np.sort(random.permutation(len(labels))[:MAX_ROWS])
    rows, answers = features[drawn], labels[drawn]
    plain = metric.prepare(answers, predict(rows))
    losses: list[Importance] = []
    for name, numbers in columns.items():
        shuffled = {
            str(number): metric.prepare(answers, predict(_shuffled(rows, numbers, random)))
            for number in range(_SHUFFLES)
        }
        resampled = bootstrap(
            {**shuffled, _PLAIN: plain}, strata=task.strata(answers), seed=seed, resamples=_RESAMPLES
        )
        usual = resampled.pop(_PLAIN)
        every = np.concatenate([metric.gain(usual, values) for values in resampled.values()])
        loss = np.mean([metric.gain(plain.value(), each.value()) for each in shuffled.values()])
        losses.append(Importance(column=name, loss=float(loss), interval=interval(every)))
    losses.sort(key=lambda each: -each.loss)
    return PermutationImportance(metric=metric.name, rows=len(answers), columns=losses)


def _shuffled(rows: Matrix, numbers: Sequence[int], random: np.random.Generator) -> Matrix:
    shuffled, order = rows.copy(), random.permutation(len(rows))
    chosen = list(numbers)
    shuffled[:, chosen] = rows[order][:, chosen]
    return shuffled
