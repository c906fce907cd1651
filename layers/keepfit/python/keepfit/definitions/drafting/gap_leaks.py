"""Leaks of any label by gaps: columns that come with the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keepfit.definitions.drafting.class_leaks import Leak
from keepfit.definitions.drafting.sample import Sample

_LEAST_UNLABELLED, _NEARLY_ALL, _MOSTLY = 30, 0.99, 0.7


def leaks_of_gaps(sample: Sample, names: list[str], label: str) -> Iterator[Leak]:
    """The columns that have a value where the label has one, and nearly nowhere else.

    Rows without a label count only where most other columns are filled: an empty row says nothing of one column.
    """
    known = sample.labelled
    filled = {name: ~np.isnan(sample.values[name]) for name in names}
    counts = np.sum(list(filled.values()), axis=0) if filled else np.zeros(len(known))
    for name in names:
        others = counts - filled[name]
        unknown = ~known & (others >= _MOSTLY * others[known].mean())
        if unknown.sum() < _LEAST_UNLABELLED:
            continue
        if filled[name][known].mean() >= _NEARLY_ALL and filled[name][unknown].mean() <= 1 - _NEARLY_ALL:
            yield name, f"is filled only where {label} is known, so it comes with the answer"
