"""Columns that leak a label that is a number: its copies, and what it is the sum or the product of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keepfit.definitions.drafting.class_leaks import Leak
from keepfit.definitions.drafting.sample import Numbers, Sample
from keepfit.definitions.drafting.table import Table

MIN_CORRELATION = 0.99995
STRONG_CORRELATION = 0.995
_MIN_EXPLAINED = 0.9999
_LEAST_ROWS, _MIN_SHARE = 30, 0.5
_CLOCK, _LINE = 0.999, 1e-8
_MAX_COLUMNS, _MAX_LISTED = 60, 4
_ROWS_PER_COLUMN = 3
_ROWS_OF_SUMS = 2000
_EXACT = 1e-6
"""Of the label's spread, what rounding may leave of a sum that is exact."""


def leaks_of_numbers(table: Table, sample: Sample, names: list[str], label: str) -> Iterator[Leak]:
    """The columns that tell a label that is a number by themselves."""
    known = sample.labelled
    target = sample.label[known]
    for name in names:
        values = sample.values[name][known]
        if table.columns[name].is_words:
            explained = _explained(values, target)
            if explained >= _MIN_EXPLAINED:
                yield name, f"has one value for each {label}: it explains {explained:.2%} of unseen rows"
        elif (correlation := alike(values, target)) >= MIN_CORRELATION:
            yield (
                name,
                f"goes up and down with {label} exactly: correlation {correlation:.5f}",
            )


def strong_of_numbers(table: Table, sample: Sample, names: list[str]) -> Iterator[tuple[str, float]]:
    """The columns that go up and down with the label nearly always, with their correlation."""
    known = sample.labelled
    for name in names:
        if not table.columns[name].is_words:
            correlation = alike(sample.values[name][known], sample.label[known])
            if correlation >= STRONG_CORRELATION:
                yield name, correlation


def alike(values: Numbers, target: Numbers) -> float:
    """The absolute correlation of values or of their ranks, whichever is greater, where both are there.

    Whatever grows with time has the ranks of a clock: of values that go up along the file, only a straight line counts.

    >>> mixed = np.random.default_rng(0).permutation(np.arange(40.0))
    >>> alike(mixed, np.exp(mixed)), alike(np.arange(40.0), np.exp(np.arange(40.0)))
    (1.0, 0.0)
    """
    both = ~np.isnan(values) & ~np.isnan(target)
    if both.sum() < _LEAST_ROWS or both.mean() < _MIN_SHARE:
        return 0.0
    straight = _correlation(values[both], target[both])
    ranks = _ranks(values[both])
    if _correlation(ranks, np.arange(float(len(ranks)))) >= _CLOCK:
        return straight if straight >= 1 - _LINE else 0.0
    return max(straight, _correlation(ranks, _ranks(target[both])))


def parts_of_number(sample: Sample, names: list[str], label: str) -> Iterator[Leak]:
    """Columns that add up to the label, or multiply to it, exactly: two of them or more, each once.

    Args:
        sample: rows with and without a label.
        names: columns that are numbers.
        label: what the label is called, for the reason.
    """
    known = sample.labelled
    some = np.flatnonzero(known)[:: max(1, int(known.sum()) // _ROWS_OF_SUMS)]
    target = sample.label[some]
    columns = {name: sample.values[name][some] for name in names}
    for how, exact in (("adds up", _exact_sum), ("multiplies", _exact_product)):
        while parts := exact(columns, target):
            for name in parts:
                others = _listed([part for part in parts if part != name])
                yield name, f"{how} to {label} with {others}, to the last digit"
                del columns[name]


def _listed(names: list[str]) -> str:
    """Names for a reason, of many the first."""
    more = len(names) - _MAX_LISTED
    if more > 1:
        return f"{', '.join(names[:_MAX_LISTED])} and {more} more"
    return " and ".join(names)


def _exact_product(columns: dict[str, Numbers], target: Numbers) -> list[str]:
    if not (target > 0).all():
        return []
    positive = {
        name: np.log(values) for name, values in columns.items() if np.nanmin(values, initial=1.0) > 0
    }
    return _exact_sum(positive, np.log(target))


def _exact_sum(columns: dict[str, Numbers], target: Numbers) -> list[str]:
    """The fewest columns whose sum or difference is the target, in rows where nothing is missing."""
    whole = {
        name: values for name, values in columns.items() if not np.isnan(values).any() and values.std() > 0
    }
    if not 2 <= len(whole) <= _MAX_COLUMNS or len(target) < _ROWS_PER_COLUMN * len(whole) + _LEAST_ROWS:
        return []
    names = list(whole)
    if not _solves(whole, names, target):
        return []
    for name in list(names):
        fewer = [kept for kept in names if kept != name]
        if len(fewer) >= 2 and _solves(whole, fewer, target):
            names = fewer
    weights = _weights(whole, names, target)[:-1]
    return names if np.allclose(np.abs(weights), 1.0, atol=1e-3) else []


def _solves(columns: dict[str, Numbers], names: list[str], target: Numbers) -> bool:
    spread = float(target.std())
    left = np.abs(target - _design(columns, names) @ _weights(columns, names, target))
    return bool(spread > 0 and left.max() <= _EXACT * max(spread, float(np.abs(target).max())))


def _weights(columns: dict[str, Numbers], names: list[str], target: Numbers) -> Numbers:
    solved = np.linalg.lstsq(_design(columns, names), target, rcond=None)
    return np.asarray(solved[0], dtype=np.float64)


def _design(columns: dict[str, Numbers], names: list[str]) -> Numbers:
    return np.column_stack([*(columns[name] for name in names), np.ones(len(columns[names[0]]))])


def _explained(values: Numbers, target: Numbers) -> float:
    """R² of a column's values on unseen rows: each predicts the mean label of its rows."""
    codes = np.unique(values, return_inverse=True)[1]
    order = np.random.default_rng(0).permutation(len(target))
    fit, judge = order[::2], order[1::2]
    sums = np.bincount(codes[fit], weights=target[fit], minlength=int(codes.max()) + 1)
    counts = np.bincount(codes[fit], minlength=int(codes.max()) + 1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), target[fit].mean())
    spread = float(target[judge].var())
    return 1 - float(np.mean((target[judge] - means[codes[judge]]) ** 2)) / spread if spread else 0.0


def _correlation(x: Numbers, y: Numbers) -> float:
    if x.std() == 0 or y.std() == 0:
        return 0.0
    return min(1.0, abs(float(np.corrcoef(x, y)[0, 1])))


def _ranks(values: Numbers) -> Numbers:
    """(rows,) the mean rank of each value."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Numbers = (ends - (counts - 1) / 2)[codes]
    return ranks
