"""Anomalies of what a column says of a label: nothing any more, or all at once too much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from keepfit.monitoring.screening.table import Anomaly, ContingencyTable, Counts

_LEAST_ROWS: Final = 200
_INFORMATIVE: Final = 0.02
"""In nats for each row: less is lost by chance, or to any drift."""
_INFORMATIVE_IN_ONE: Final = 0.05
"""What one upload alone shows is partly chance."""
_SURE: Final = 3.0
_TELLS_ALL: Final = 0.8
_DID_NOT: Final = 0.6


def lost_relation(table: ContingencyTable) -> Iterator[Anomaly]:
    """A column that told something of the label in every upload, and misleads in this one."""
    earlier, own = table.labelled[:-1], table.labelled[-1]
    if min(own.sum(), *earlier.sum(axis=(1, 2))) < _LEAST_ROWS or len(earlier) < 1:
        return
    every = earlier.sum(axis=0)
    before = (
        [_gain(upload, every - upload)[0] for upload in earlier] if len(earlier) > 1 else [_own_gain(every)]
    )
    gain, error = _gain(own, every)
    informative = _INFORMATIVE if len(earlier) > 1 else _INFORMATIVE_IN_ONE
    misleads = gain < -_overfitted(every) and gain + _SURE * error < min(before) / 4
    if min(before) > informative and misleads:
        yield Anomaly(
            column=table.label,
            reason=f"goes with {table.column} otherwise than in every upload before: what that told of it misleads",
        )


def leaking_column(table: ContingencyTable) -> Iterator[Anomaly]:
    """A column that predicts the label nearly whole, and never did."""
    own, earlier = table.own[:, :-1], table.labelled[:-1]
    if own.sum() < _LEAST_ROWS or earlier.sum() < _LEAST_ROWS:
        return
    if _told(own) > _TELLS_ALL and max(_told(upload) for upload in earlier) < _DID_NOT:
        yield Anomaly(
            column=table.column,
            reason=f"tells {table.label} in nearly all rows, and never did: it may hold the answer",
        )


def _gain(own: Counts, others: Counts) -> tuple[float, float]:
    """The gain in predicting labels by the column as it was before, in nats a row, and its error."""
    now = own.sum(axis=0) + 0.5
    rows = others + 0.5 * others.sum(axis=0, keepdims=True) / max(others.sum(), 1) + 1e-9
    shares = rows / rows.sum(axis=1, keepdims=True)
    base = (others.sum(axis=0) + 0.5) / (others.sum(axis=0) + 0.5).sum()
    moved = shares * (now / now.sum()) / base
    moved /= moved.sum(axis=1, keepdims=True)
    gains = np.log(moved / (now / now.sum()))
    total = own.sum()
    mean = float((own * gains).sum() / total)
    spread = float((own * (gains - mean) ** 2).sum() / total)
    return mean, float(np.sqrt(spread / total))


def _overfitted(counts: Counts) -> float:
    """What foretelling by a table of few rows loses by chance, in nats a row: one half for each free cell."""
    bins, classes = ((counts.sum(axis=axis) > 0).sum() for axis in (1, 0))
    return float((bins - 1) * (classes - 1) / (2 * max(counts.sum(), 1)))


def _own_gain(counts: Counts) -> float:
    """The mutual information of the column and the label, without what chance gives."""
    total = counts.sum()
    joint, rows, columns = counts / total, counts.sum(axis=1) / total, counts.sum(axis=0) / total
    held = joint > 0
    information = float(np.sum(joint[held] * np.log((joint / np.outer(rows, columns).clip(1e-300))[held])))
    degrees = max((rows > 0).sum() - 1, 0) * max((columns > 0).sum() - 1, 0)
    return float(information - degrees / (2 * total))


def _told(counts: Counts) -> float:
    """The share of the label's entropy that the column explains, 0 to 1."""
    shares = counts.sum(axis=0) / max(counts.sum(), 1)
    entropy = -float(np.sum(shares[shares > 0] * np.log(shares[shares > 0])))
    return _own_gain(counts) / entropy if entropy > 0.05 else 0.0
