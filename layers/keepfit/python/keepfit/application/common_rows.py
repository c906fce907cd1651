"""Compares runs on the rows that are in the holdouts of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from keepfit.application.arrays import from_npy
from keepfit.application.holdout import read_holdout
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.errors import NotFound
from keepfit.evaluation.bootstrap import bootstrap, interval
from keepfit.evaluation.metrics.base import Metric, Prepared
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import from_json
from keepfit.tasks.base import Outputs
from keepfit.training.runs.run_files import DEFINITION, HOLDOUT, SCORES, SIGNATURE, RunFiles
from keepfit.training.training_set import too_few_to_judge

Interval = tuple[float, float]


class OnCommonRows(msgspec.Struct, frozen=True, kw_only=True):
    """A run's metric on the common rows, and how much better it is there than the first run's."""

    value: float
    interval: Interval
    gain: float
    gain_interval: Interval


class CommonRows(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison on common rows, one of ``runs`` for each; ``note`` is why there is none."""

    rows: int = 0
    metric: str | None = None
    runs: list[OnCommonRows] = []
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What the chosen candidate of a run answered: for each of its holdout's ``lines`` a row of outputs."""

    compiled: CompiledModel
    task: TrainingTask
    labels: dict[int, object]
    lines: list[int]
    outputs: Outputs


def compare_on_common_rows(runs: Sequence[RunFiles]) -> CommonRows:
    """The chosen candidates of runs on the same rows, by the same resamples of them."""
    try:
        answers = [_answers(files) for files in runs]
    except NotFound:
        return CommonRows(note="the holdout of a run, or the answers to it, are not kept any more")
    first = answers[0]
    if any(not each.lines for each in answers):
        return CommonRows(note="a run does not say which rows its holdout has, or nothing was chosen in it")
    if any(_asks(each) != _asks(first) for each in answers):
        return CommonRows(note="the runs predict different labels")
    common = sorted(set.intersection(*(set(each.lines) for each in answers)))
    labels = first.task.encode_labels([first.labels[line] for line in common])
    few = too_few_to_judge(first.task, labels, first.compiled.definition.gates) if common else "none"
    if few is not None:
        return CommonRows(rows=len(common), note=f"of the rows in all holdouts there are {few}")
    metric = first.task.metric(first.compiled.definition.gates.metric)
    prepared = {str(number): _prepared(each, first, metric, common) for number, each in enumerate(answers)}
    return _compared(prepared, metric, first.task.strata(labels), first.compiled.definition.training.seed)


def _prepared(each: _Answers, first: _Answers, metric: Metric, common: Sequence[int]) -> Prepared:
    place = {line: number for number, line in enumerate(each.lines)}
    outputs = each.task.serving.translated(each.outputs[[place[line] for line in common]], first.task.spec)
    labels = first.task.encode_labels([first.labels[line] for line in common])
    # Each decides by its own threshold.
    own = msgspec.structs.replace(first.task.spec, threshold=each.task.spec.threshold)
    return training_task_of(own).metric(metric.name).prepare(labels, outputs)


def _compared(prepared: dict[str, Prepared], metric: Metric, strata: np.ndarray, seed: int) -> CommonRows:
    resampled = bootstrap(prepared, strata=strata, seed=seed)
    first, usual = prepared["0"].value(), resampled["0"]
    return CommonRows(
        rows=len(strata),
        metric=metric.name,
        runs=[
            OnCommonRows(
                value=each.value(),
                interval=interval(resampled[name]),
                gain=float(metric.gain(each.value(), first)),
                gain_interval=interval(metric.gain(resampled[name], usual)),
            )
            for name, each in prepared.items()
        ],
    )


def _asks(answers: _Answers) -> tuple[str, str, str]:
    definition = answers.compiled.definition
    return definition.dataset, definition.label, answers.task.spec.kind


def _answers(files: RunFiles) -> _Answers:
    """Raises NotFound where the holdout or its answers are gone."""
    holdout = read_holdout(files.rows.get(HOLDOUT))
    compiled, chosen = decode_model(files.get(DEFINITION)), files.judgement().chosen
    lines = [row.line for row in holdout if row.line is not None]
    if chosen is None or len(lines) < len(holdout):
        task = training_task_of(from_json(files.get(SIGNATURE)).task)
        return _Answers(compiled=compiled, task=task, labels={}, lines=[], outputs=np.empty(0))
    own = files.candidate(chosen.candidate)
    return _Answers(
        compiled=compiled,
        task=training_task_of(from_json(own.get(SIGNATURE)).task),
        labels=dict(zip(lines, (row.label for row in holdout), strict=True)),
        lines=lines,
        outputs=np.asarray(from_npy(own.get(SCORES)), dtype=np.float64),
    )
