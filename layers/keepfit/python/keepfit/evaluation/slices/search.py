"""Searches the slices of single columns and of pairs for those on which a model is surely worse.

All slices that are large enough are examined by their gap; the most conspicuous are resampled and tested, and their
p-values corrected for all that were examined, so that a search over thousands finds nothing where nothing is.

Source: Chung et al., Automated Data Slicing for Model Validation (2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import msgspec
import numpy as np
import numpy.typing as npt

from keepfit.evaluation.bootstrap import interval
from keepfit.evaluation.report import Interval, Slice, SliceSearch
from keepfit.evaluation.slices.correction import holm
from keepfit.evaluation.slices.groups import Groups
from keepfit.evaluation.slices.measure import Sliceable, rows_of

SURE = 0.05
"""The chance of any slice in the list where none is worse."""
MAX_SLICES = 10
_LEAST_SHARE = 0.01
_MAX_PAIRED = 12
_MAX_TESTED = 40


@dataclass(frozen=True, slots=True)
class _Examined:
    conditions: dict[str, str]
    rows: int
    gap: float

    @property
    def conspicuous(self) -> float:
        """As a gap's standard error shrinks by the root of the rows."""
        return self.gap * math.sqrt(self.rows)


def worst_slices(groups: Sequence[Groups], model: Sliceable) -> SliceSearch:
    """The slices that are surely worse than all other rows, the surest first.

    A pair is listed only where its gap is larger than those of both its columns' groups, which say it all otherwise.
    """
    least = math.ceil(_LEAST_SHARE * len(model.labels))
    model = replace(model, minimum_rows=max(model.minimum_rows, least))
    singles = list(_singles(groups, model))
    candidates = [*singles, *_pairs(_promising(groups, singles), singles, model)]
    tested = sorted(candidates, key=lambda each: -each.conspicuous)[:_MAX_TESTED]
    measured = [_tested(each, groups, model) for each in tested if each.gap > 0]
    corrected = holm([each.p_value or 0.0 for each in measured], len(candidates))
    sure = [
        msgspec.structs.replace(each, p_value=p_value)
        for each, p_value in zip(measured, corrected, strict=True)
        if p_value <= SURE
    ]
    sure.sort(key=lambda each: (each.p_value, -(each.gap or 0.0)))
    return SliceSearch(
        examined=len(candidates), minimum_rows=model.minimum_rows, slices=_telling(sure)[:MAX_SLICES]
    )


def _singles(groups: Sequence[Groups], model: Sliceable) -> Iterator[_Examined]:
    for each in groups:
        for number in np.flatnonzero(each.counts() >= model.minimum_rows).tolist():
            yield from _examined({each.column: each.names[number]}, each.codes == number, model)


def _promising(groups: Sequence[Groups], singles: Sequence[_Examined]) -> list[Groups]:
    """The columns whose groups differ most, which are looked at in pairs."""
    spread = {each.column: 0.0 for each in groups}
    for single in singles:
        column = next(iter(single.conditions))
        spread[column] = max(spread[column], abs(single.conspicuous))
    return sorted(groups, key=lambda each: -spread[each.column])[:_MAX_PAIRED]


def _pairs(groups: Sequence[Groups], singles: Sequence[_Examined], model: Sliceable) -> Iterator[_Examined]:
    usual = {next(iter(each.conditions.items())): each.gap for each in singles}
    for one, other in combinations(groups, 2):
        codes = one.codes * len(other.names) + other.codes
        counts = np.bincount(codes, minlength=len(one.names) * len(other.names))
        for number in np.flatnonzero(counts >= model.minimum_rows):
            first, second = divmod(int(number), len(other.names))
            conditions = {one.column: one.names[first], other.column: other.names[second]}
            for each in _examined(conditions, codes == number, model):
                parents = [usual.get(condition, 0.0) for condition in conditions.items()]
                yield each if each.gap > max(parents) else replace(each, gap=0.0)


def _examined(
    conditions: dict[str, str], rows: npt.NDArray[np.bool_], model: Sliceable
) -> Iterator[_Examined]:
    if model.too_few(rows) is None and model.too_few(~rows) is None:
        # Exactly so for means, and near enough to choose what is tested.
        gap = float(model.metric.gain(model.whole, model.value(rows))) / (1 - rows.mean())
        yield _Examined(conditions, int(rows.sum()), gap)


def _tested(each: _Examined, groups: Sequence[Groups], model: Sliceable) -> Slice:
    rows = rows_of(each.conditions, groups)
    resampled, gap = model.resampled(rows), model.gap(rows) or 0.0
    error = math.sqrt(float(np.var(resampled)) + model.variance / (1 - rows.mean()))
    return Slice(
        conditions=each.conditions,
        rows=each.rows,
        metric=model.value(rows),
        interval=interval(resampled),
        gap=gap,
        p_value=math.erfc(gap / error / math.sqrt(2)) / 2 if error else float(gap <= 0),
    )


def _telling(slices: Sequence[Slice]) -> list[Slice]:
    """Without slices that are a part of one listed before, and not surely otherwise."""
    kept: list[Slice] = []
    for each in slices:
        wider = [other for other in kept if other.conditions.items() <= each.conditions.items()]
        if not any(_within(other.metric, each.interval) for other in wider):
            kept.append(each)
    return kept


def _within(metric: float | None, ends: Interval | None) -> bool:
    return metric is None or ends is None or ends[0] <= metric <= ends[1]
