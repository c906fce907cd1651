"""How a draft's models are judged: which rows judge, and how few of them are enough."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keepfit.definitions.drafting.draft import Choice
from keepfit.definitions.drafting.sample import Sample
from keepfit.definitions.drafting.table import Column
from keepfit.definitions.drafting.target import Target

_SHARE = 0.2
_LEAST_OF_CLASS = 10
_SMALL_SHARE_OF_CLASS = 0.5


def split_of(sample: Sample, target: Target, event_time: Column | None, entity: Column | None) -> Choice:
    """Which rows judge: the newest, those of some entities, or rows drawn by chance."""
    if event_time is not None:
        short = None if target.amounts else _short_of_a_class(sample, event_time.name)
        if short is None:
            return _split("time", "the newest fifth of the rows judges, as it will be in use")
        return _split("random", f"of some answer the newest fifth of the rows has {short} only")
    if entity is not None:
        return _split(
            f"group:{entity.name}",
            f"rows of one {entity.name} are alike: all of them train, or all of them judge",
        )
    return _split(
        "random", "no column says when a row happened, so a fifth of the rows judges, drawn by chance"
    )


def gates_of(target: Target) -> Iterator[Choice]:
    """Lower limits than the usual ones, for a table that is too small for those."""
    labelled = target.column.present
    train, judge = int((1 - _SHARE) * labelled), int(_SHARE * labelled)
    if train < 500:
        yield _few("training", "minimum_rows", train // 2, labelled)
    if judge < 100:
        yield _few("gates", "minimum_holdout_rows", max(judge // 2, 10), labelled)
    if target.amounts:
        return
    rarest = min(count for _, count in target.column.common if count >= _LEAST_OF_CLASS)
    if _SHARE * rarest < _LEAST_OF_CLASS:
        yield _few("gates", "minimum_holdout_of_each_class", max(int(_SHARE * rarest) // 2, 1), labelled)


def _split(value: str, reason: str) -> Choice:
    return Choice(table="training", key="split", value=value, reason=reason)


def _few(table: str, key: str, value: int, labelled: int) -> Choice:
    return Choice(
        table="gates" if table == "gates" else "training",
        key=key,
        value=value,
        reason=f"{labelled:,} labelled rows are few: what they show is soft",
    )


def _short_of_a_class(sample: Sample, event_time: str) -> int | None:
    """How few rows of some class the newest fifth has, where all have many; None where it has enough."""
    known = sample.labelled
    happened, label = sample.values[event_time][known], sample.label[known]
    newest = happened >= np.nanquantile(happened, 1 - _SHARE)
    for which in np.unique(label):
        there = int((label[newest] == which).sum())
        if there < _LEAST_OF_CLASS <= int(_SHARE * _SMALL_SHARE_OF_CLASS * (label == which).sum()):
            return there
    return None
