"""Leaks of labels with classes: columns that hold what is not known before the answer is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from keepfit.definitions.drafting.sample import Numbers, Sample
from keepfit.definitions.drafting.single_column import Classes, SingleColumnFit, classes_of, fit_single_column
from keepfit.definitions.drafting.table import Column, Table

Leak = tuple[str, str]
"""The name of a column and how it leaks."""

MAX_ERROR = 0.005
"""A column that leaves a smaller share of the errors of guessing tells the label by itself."""
MAX_ERROR_OF_GAPS = 0.1
STRONG_ERROR = 0.05
_LEAST_JUDGED = 10
_MANY_VALUES, _LEAST_ROWS = 20, 500
_PURE, _LEAST_GAPS, _CHANCE = 0.995, 30, 1e-6


def single_column_fits(table: Table, sample: Sample, names: list[str]) -> dict[str, SingleColumnFit]:
    """The fit of each column alone."""
    known = sample.labelled
    classes = classes_of(sample.label[known])
    return {
        name: fit_single_column(sample.values[name][known], classes, ordered=_is_ordered(table.columns[name]))
        for name in names
    }


def leaks_of_classes(
    table: Table, sample: Sample, fits: Mapping[str, SingleColumnFit], label: str
) -> Iterator[Leak]:
    """The columns that tell a label with classes by themselves, by their values or by their gaps.

    Args:
        table: all columns.
        sample: the rows that ``fits`` come from.
        fits: of each column that may leak.
        label: what the label is called, for the reason.
    """
    known = sample.labelled
    classes = classes_of(sample.label[known])
    for name, fit in fits.items():
        values = sample.values[name][known]
        reason = _by_gaps(values, classes, label) or _by_values(
            table.columns[name], values, fit, classes, label
        )
        if reason:
            yield name, reason


def strong_of_classes(fits: Mapping[str, SingleColumnFit]) -> Iterator[str]:
    """The columns that tell nearly all of a label with classes; a person has to say whether that is fair."""
    for name, fit in fits.items():
        if fit.relative_error <= STRONG_ERROR and fit.baseline_errors >= _LEAST_JUDGED:
            yield name


def _is_ordered(column: Column) -> bool:
    return not column.is_words


def _by_values(
    column: Column, values: Numbers, fit: SingleColumnFit, classes: Classes, label: str
) -> str | None:
    if fit.relative_error > MAX_ERROR or fit.baseline_errors < _LEAST_JUDGED:
        return None
    if _is_ordered(column) and column.distinct > _MANY_VALUES and fit.rows < _LEAST_ROWS:
        # In a small table a measure may part two classes cleanly: that is what measures are for.
        return _by_one_value(values, classes, label)
    if _is_recoding(values, classes):
        return f"says the same as {label}: each of its values goes with one of {label}"
    return f"tells {label} by itself: right for {fit.right} that it was not fitted on"


def _by_one_value(values: Numbers, classes: Classes, label: str) -> str | None:
    """Whether one value of a measure that many rows have, such as no hours of work, is the label."""
    different, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    which = int(counts.argmax())
    if counts[which] < _LEAST_GAPS or not _is_recoding((codes == which).astype(np.float64), classes):
        return None
    return f"is {different[which]:g} for one answer of {label}, and never {different[which]:g} for the other"


def _is_recoding(values: Numbers, classes: Classes) -> bool:
    pairs = {
        (value, int(which))
        for value, which in zip(np.nan_to_num(values, nan=np.inf).tolist(), classes, strict=True)
    }
    return len(pairs) == len({value for value, _ in pairs}) == len({which for _, which in pairs})


def _by_gaps(values: Numbers, classes: Classes, label: str) -> str | None:
    gaps = np.isnan(values)
    for rows, state in ((~gaps, "filled"), (gaps, "empty")):
        if _is_pure(classes[rows], classes):
            count = int(rows.sum())
            return (
                f"is {state} only where {label} has one value ({count:,} rows), as what is written after it"
            )
    if gaps.any() and not gaps.all():
        fit = fit_single_column(gaps.astype(np.float64), classes, ordered=False)
        if fit.relative_error <= MAX_ERROR_OF_GAPS and fit.baseline_errors >= _LEAST_JUDGED:
            return f"tells {label} by being filled or empty: right for {fit.right}"
    return None


def _is_pure(some: Classes, classes: Classes) -> bool:
    """Whether nearly all of ``some`` rows are of one class, which that class is too rare for by chance."""
    if len(some) < _LEAST_GAPS or len(some) == len(classes):
        return False
    counts = np.bincount(some, minlength=int(classes.max()) + 1)
    largest = int(counts.argmax())
    share = float((classes == largest).mean())
    return bool(counts[largest] >= _PURE * len(some)) and share ** len(some) < _CHANCE and share < 0.95
