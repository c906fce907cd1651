"""Measures slices of a holdout: the task's metric with its interval, and the gap to all other rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Figures, Labels, Metric
from keepfit.evaluation.report import Slice
from keepfit.evaluation.slices.groups import Groups
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs

MIN_ROWS = 50
"""A slice with fewer rows is not measured."""
MIN_OF_EACH_CLASS = 5
_SLICE = "slice"


@dataclass(frozen=True, kw_only=True)
class Sliceable:
    """A model's outputs on a holdout, ready to be measured on parts of it.

    Args:
        labels: (rows,) the answers, as the task encodes them.
        outputs: a row for each.
        task: what both mean.
        metric: what is measured.
        seed: of the resampling.
        minimum_rows: of a slice that is measured.
    """

    labels: Labels
    outputs: Outputs
    task: TrainingTask
    metric: Metric
    seed: int = 0
    minimum_rows: int = MIN_ROWS

    def too_few(self, rows: npt.NDArray[np.bool_]) -> str | None:
        """Why a slice is not measured; None where it is."""
        if (count := int(rows.sum())) < self.minimum_rows:
            return f"{count} rows, and a slice needs {self.minimum_rows}"
        return self.task.refuse_to_judge(self.labels[rows], minimum_of_each_class=MIN_OF_EACH_CLASS)

    def value(self, rows: npt.NDArray[np.bool_]) -> float:
        """The metric on the rows of a slice."""
        return self.metric.value(self.labels[rows], self.outputs[rows])

    def gap(self, rows: npt.NDArray[np.bool_]) -> float | None:
        """How much worse the metric is on these rows than on the others; None where those are too few."""
        if self.too_few(~rows):
            return None
        return float(self.metric.gain(self.value(~rows), self.value(rows)))

    def resampled(self, rows: npt.NDArray[np.bool_]) -> Figures:
        """(resamples,) the metric on the rows of a slice."""
        prepared = {_SLICE: self.metric.prepare(self.labels[rows], self.outputs[rows])}
        strata = self.task.strata(self.labels[rows])
        return bootstrap(prepared, strata=strata, seed=self.seed)[_SLICE]

    @cached_property
    def whole(self) -> float:
        """The metric on all rows."""
        return self.metric.value(self.labels, self.outputs)

    @cached_property
    def variance(self) -> float:
        """The squared standard error of the metric on all rows."""
        return float(np.var(self.resampled(np.ones(len(self.labels), dtype=np.bool_))))


def declared_slices(groups: Sequence[Groups], model: Sliceable) -> list[Slice]:
    """The slice of each group of the columns that a definition names, in their order."""
    return [
        measured(model, {each.column: name}, each.rows_of(name), declared=True)
        for each in groups
        for name in each.names
    ]


def measured(
    model: Sliceable, conditions: Mapping[str, str], rows: npt.NDArray[np.bool_], *, declared: bool = False
) -> Slice:
    """One slice with its metric, where it has enough rows."""
    note = model.too_few(rows)
    if note is not None:
        return Slice(conditions=dict(conditions), rows=int(rows.sum()), declared=declared, note=note)
    return Slice(
        conditions=dict(conditions),
        rows=int(rows.sum()),
        metric=model.value(rows),
        interval=interval(model.resampled(rows)),
        gap=model.gap(rows),
        declared=declared,
    )


def rows_of(conditions: Mapping[str, str], groups: Sequence[Groups]) -> npt.NDArray[np.bool_]:
    """(rows,) which meet all ``conditions`` of a slice; ``groups`` hold its columns."""
    by_column = {each.column: each for each in groups}
    rows = [by_column[column].rows_of(name) for column, name in conditions.items()]
    return np.asarray(np.logical_and.reduce(rows))
