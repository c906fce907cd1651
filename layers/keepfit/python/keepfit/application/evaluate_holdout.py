"""Evaluates a candidate's answers to a run's holdout on parts of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from keepfit.application.holdout import HoldoutRow
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.evaluation.evaluate import evaluate
from keepfit.evaluation.report import Evaluation
from keepfit.evaluation.segments import segment_figures
from keepfit.evaluation.slices.measure import Sliceable
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.features.schema.signature import Signature
from keepfit.features.schema.types.base import type_of
from keepfit.tasks.base import Outputs

MAX_ROWS = 50_000
"""Of a larger holdout a sample is evaluated: more rows make intervals no narrower than anybody needs."""


def evaluate_holdout(
    candidate: str,
    outputs: Outputs,
    holdout: Sequence[HoldoutRow],
    *,
    task: TrainingTask,
    compiled: CompiledModel,
    signature: Signature,
    own_models: Collection[str] = (),
) -> Evaluation:
    """The evaluation of a candidate by its ``outputs`` for the holdout, or a seeded sample of it.

    Args:
        candidate: its name.
        outputs: a row for each of ``holdout``.
        holdout: the rows as clients would send them, with their labels.
        task: the candidate's own, with its own threshold.
        compiled: the model.
        signature: the columns of instances.
        own_models: the segments that have a model of their own.
    """
    definition = compiled.definition
    holdout, outputs = _sampled(holdout, outputs, definition.training.seed)
    model = Sliceable(
        labels=task.encode_labels([row.label for row in holdout]),
        outputs=outputs,
        task=task,
        metric=task.metric(definition.gates.metric),
        seed=definition.training.seed,
        minimum_rows=definition.evaluation.minimum_rows,
    )
    columns = holdout_columns(holdout, signature)
    evaluation = evaluate(
        candidate,
        model,
        columns,
        definition=definition.evaluation,
        wishes=compiled.wishes,
        times=_times(holdout) if compiled.spine.event_time else None,
    )
    by = definition.segment_by
    if by is None:
        return evaluation
    figures = segment_figures(by, columns[by], model, own_models)
    return msgspec.structs.replace(evaluation, segments=figures)


def _sampled(
    holdout: Sequence[HoldoutRow], outputs: Outputs, seed: int
) -> tuple[Sequence[HoldoutRow], Outputs]:
    """At most ``MAX_ROWS`` rows, in their order."""
    if len(holdout) <= MAX_ROWS:
        return holdout, outputs
    drawn = np.sort(np.random.default_rng(seed).choice(len(holdout), MAX_ROWS, replace=False))
    return [holdout[row] for row in drawn.tolist()], outputs[drawn]


def holdout_columns(holdout: Sequence[HoldoutRow], signature: Signature) -> dict[str, list[Any]]:
    """(rows,) values of every column that has groups: those that clients send, and those beside."""
    sent = [column.name for column in signature.instance_columns if type_of(column.type).profile]
    beside = list(holdout[0].beside) if holdout else []
    columns: dict[str, list[Any]] = {name: [] for name in [*sent, *beside]}
    for row in holdout:
        instance = msgspec.json.decode(row.instance)
        for name in sent:
            columns[name].append(instance.get(name))
        for name in beside:
            columns[name].append(row.beside.get(name))
    return columns


def _times(holdout: Sequence[HoldoutRow]) -> list[datetime] | None:
    """When each row happened; None for a holdout from before that was kept."""
    times = [row.event_time for row in holdout if row.event_time is not None]
    return times if len(times) == len(holdout) else None
