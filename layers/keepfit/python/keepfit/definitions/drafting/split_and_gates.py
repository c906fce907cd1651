"""Drafts the split and the gates: which rows judge, and how few of them are enough."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keepfit.definitions.drafting.draft import Choice
from keepfit.definitions.drafting.sample import Sample
from keepfit.definitions.drafting.table import Column
from keepfit.definitions.drafting.target import Target
from keepfit.evaluation.tasks.registry import LISTINGS
from keepfit.features.schema.cells import cell_reader
from keepfit.training.definition import TrainingDefinition
from keepfit.training.gates_definition import GatesDefinition

_TRAINING, _GATES = TrainingDefinition(), GatesDefinition()
_SHARE = 0.2
_MARGIN = 1.5
_RARE, _OF_THE_RARE = 0.01, "average_precision"
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
    """The metric, and lower limits than the usual ones for a table that is too small for those."""
    yield _metric(target)
    labelled = target.column.present
    judge = int(_SHARE * labelled)
    if (1 - _SHARE) * labelled < _TRAINING.minimum_rows:
        yield _few("training", "minimum_rows", labelled // 2, f"{labelled:,} labelled rows")
    if judge < _MARGIN * _GATES.minimum_holdout_rows:
        yield _few("gates", "minimum_holdout_rows", judge // 2, f"{labelled:,} labelled rows")
    if target.amounts:
        return
    # Rarer classes than two may be missing among the rows that judge.
    (_, rarer) = target.column.common[1]
    if _SHARE * rarer < _MARGIN * _GATES.minimum_holdout_of_each_class:
        fewest = max(int(_SHARE * rarer) // 2, 1)
        yield _few("gates", "minimum_holdout_of_each_class", fewest, f"{rarer:,} rows of an answer")


def _metric(target: Target) -> Choice:
    """The metric that judges: the usual one, or where few rows are true one that looks at those alone."""
    metrics = LISTINGS[target.task].metrics
    if not target.amounts and _OF_THE_RARE in metrics:
        answer, rows = target.column.common[1]
        share = rows / target.column.present
        if share < _RARE and cell_reader(target.field[0])(answer) is True:
            reason = f"only {share:.2%} are true, and few errors among all rows are many among those"
            return Choice(table="gates", key="metric", value=_OF_THE_RARE, reason=reason)
    return Choice(table="gates", key="metric", value=metrics[0], reason=f"or {', '.join(metrics[1:])}")


def _split(value: str, reason: str) -> Choice:
    return Choice(table="training", key="split", value=value, reason=reason)


def _few(table: str, key: str, value: int, few: str) -> Choice:
    return Choice(
        table="gates" if table == "gates" else "training",
        key=key,
        value=value,
        reason=f"{few} are few: what they show is soft",
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
