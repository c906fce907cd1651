"""Measures how well one column alone predicts a label with classes, on rows it was not fitted on.

A number is cut into a few ranges by a small decision tree, anything with few values is looked up value by value; a
missing value is one more value. What predicts unseen rows without an error is hardly a cause of their label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier

from keepfit.definitions.drafting.sample import Numbers

Classes = npt.NDArray[np.intp]

_FEW_VALUES = 200
_LEAST_LEAVES, _LEAVES_PER_CLASS = 8, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleColumnFit:
    """The errors of one column on unseen rows.

    Args:
        rows: how many rows judged.
        errors: for how many of them the column predicts another class than they have.
        baseline_errors: for how many the most common class is wrong, which needs no column.
    """

    rows: int
    errors: int
    baseline_errors: int

    @property
    def relative_error(self) -> float:
        """Of the baseline's errors, the share that is left: 0 where every row is right."""
        return self.errors / self.baseline_errors if self.baseline_errors else 1.0

    @property
    def right(self) -> str:
        """How many of the rows are right, for a reason."""
        return f"{self.rows - self.errors:,} of {self.rows:,} rows"


def classes_of(label: Numbers) -> Classes:
    """(rows,) labels without a gap as numbers from 0."""
    codes: Classes = np.unique(label, return_inverse=True)[1]
    return codes


def fit_single_column(values: Numbers, classes: Classes, *, ordered: bool) -> SingleColumnFit:
    """Fits on one half of the rows, drawn by chance but always alike, and judges on the other.

    Args:
        values: (rows,) the column; NaN where missing.
        classes: (rows,) the label, from 0.
        ordered: whether values are numbers that have an order.
    """
    order = np.random.default_rng(0).permutation(len(classes))
    fit, judge = order[::2], order[1::2]
    most_common = np.bincount(classes[fit]).argmax()
    baseline_errors = int((classes[judge] != most_common).sum())
    predictions = []
    different, codes = np.unique(values, return_inverse=True)
    if not ordered or len(different) <= _FEW_VALUES:
        predictions.append(_looked_up(codes, classes, fit, judge))
    if ordered:
        predictions.append(_cut(values, classes, fit, judge))
    errors = min(int((predicted != classes[judge]).sum()) for predicted in predictions)
    return SingleColumnFit(rows=len(judge), errors=errors, baseline_errors=baseline_errors)


def _cut(values: Numbers, classes: Classes, fit: Classes, judge: Classes) -> Classes:
    """The most common class of each range."""
    leaves = max(_LEAST_LEAVES, _LEAVES_PER_CLASS * (int(classes.max()) + 1))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
    tree.fit(values[fit, None].astype(np.float32), classes[fit])
    predicted: Classes = tree.predict(values[judge, None].astype(np.float32))
    return predicted


def _looked_up(codes: Classes, classes: Classes, fit: Classes, judge: Classes) -> Classes:
    """The most common class of each value; of a value that was not seen, that of all."""
    size = int(classes.max()) + 1
    pairs = np.bincount(codes[fit] * size + classes[fit], minlength=(int(codes.max()) + 1) * size)
    counts = pairs.reshape(-1, size)
    best = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), counts.sum(axis=0).argmax())
    predicted: Classes = best[codes[judge]]
    return predicted
