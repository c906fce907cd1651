"""A candidate's trial: validated, fitted on all training rows, exported, and compared with its export.

No label of the holdout is read here: candidates are chosen by their validation, and the chosen one is judged elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.recipes.libraries import versions
from keepfit.training.recipes.registry import LISTINGS
from keepfit.training.trials.choose_settings import settle
from keepfit.training.trials.exported import Exported, export
from keepfit.training.trials.fit_candidate import effective_parameters, fit
from keepfit.training.trials.report import TrialReport
from keepfit.training.trials.validation import Validation

_PACKAGES = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")

_NEWEST_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Encoded rows with labels; ``code_sizes`` maps a category's column to its number of codes."""

    features: Matrix
    labels: Labels
    code_sizes: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialData:
    """The data of a trial.

    Args:
        task: what labels mean.
        train: rows that train.
        holdout: (rows, columns) of rows that will judge, without their labels.
        validation: the candidate's answers to rows that validate; None where there are none.
        search: in short, what chose the candidate's parameters; None where they are as defined.
    """

    task: TrainingTask
    train: Rows
    holdout: Matrix
    validation: Validation | None
    search: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A candidate fitted to all training rows: its settled parameters, and what it learned of labels."""

    definition: CandidateDefinition
    fitted: Fitted
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The files of a candidate: the exported model, its task as settled, the holdout outputs, the report.

    ``validation`` are outputs for the rows that validate, by fits without them; None where none do. ``learned`` is what
    was fitted; None for a model that was not fitted here.
    """

    model: bytes
    spec: TaskSpec
    scores: Outputs
    report: TrialReport
    validation: Outputs | None = None
    learned: Learned | None = None


def try_candidate(
    name: str,
    candidate: CandidateDefinition,
    *,
    data: TrialData,
    gates: GatesDefinition,
    seed: int,
    tell: Callable[[str], None],
    wishes: Wishes | None = None,
) -> Trial:
    """Settles, fits, exports, compares and measures; ``tell`` receives one line about each.

    Raises:
        EmptyWindow: labels of which nothing can be learned.
        InvalidDefinition: parameters that the algorithm does not accept.
        ParityFailed: an export that does not even run. One that runs and differs is reported, and judged later.
    """
    train, metric = data.train, data.task.metric(gates.metric)
    targets, wishes = data.task.targets(train.labels), wishes or Wishes()
    settled = settle(data.validation, targets, task=data.task, metric=metric, wishes=wishes)
    candidate, started = settled.continued(candidate), time.perf_counter()
    plain = fit(
        candidate,
        train.features,
        train.labels,
        task=data.task,
        code_sizes=train.code_sizes,
        seed=seed,
        target=settled.target,
    )
    seconds = time.perf_counter() - started
    tell(f"fitted {candidate.algorithm} on {len(train.labels)} rows in {seconds:.2f} s")
    exported = export(plain, settled, data.holdout, code_sizes=train.code_sizes, gates=gates, seed=seed)
    if not exported.passes(gates) and settled.calibration is not None:
        # Rounding would show in the export of the calibration.
        settled = settled.without_calibration(data.validation, targets, metric=metric, wishes=wishes)
        exported = export(plain, settled, data.holdout, code_sizes=train.code_sizes, gates=gates, seed=seed)
    metrics = _metrics(exported, train, metric.name)
    _tell_of(exported, data.validation, metric.name, metrics, tell)
    report = TrialReport(
        candidate=name,
        algorithm=candidate.algorithm,
        parameters={**effective_parameters(candidate, data.task, len(train.labels)), "random_state": seed},
        rows=len(train.labels),
        fit_seconds=round(seconds, 3),
        metrics=metrics,
        code_sha256=None if candidate.code is None else sha256(candidate.code.encode()).hexdigest(),
        packages=versions(*_PACKAGES, *LISTINGS[candidate.algorithm].packages),
        search=None if data.search is None else dict(data.search),
        **exported.report(data.validation),
    )
    scores = exported.fitted.predict(data.holdout)
    learned = Learned(definition=candidate, fitted=exported.fitted, target=settled.target)
    return Trial(
        model=exported.model,
        spec=settled.spec,
        scores=scores,
        report=report,
        validation=settled.outputs,
        learned=learned,
    )


def _metrics(exported: Exported, train: Rows, metric: str) -> dict[str, float]:
    task = exported.settled.task
    return {**_on_training_rows(exported.fitted, train, task, metric), **exported.validation_metrics()}


def _tell_of(
    exported: Exported,
    validation: Validation | None,
    metric: str,
    metrics: Mapping[str, float],
    tell: Callable[[str], None],
) -> None:
    parity = exported.parity
    tell(
        f"exported {len(exported.model)} bytes, which differ by up to {parity.max_difference:.2g} "
        f"and flip {parity.flipped_labels} labels over {parity.rows} rows"
    )
    if validation and metric in metrics:
        tell(
            f"{metric} {metrics[metric]:.4f} on {len(validation.labels)} validation rows in {validation.folds} folds, "
            "by fits without them"
        )


def _on_training_rows(fitted: Fitted, train: Rows, task: TrainingTask, metric: str) -> dict[str, float]:
    """The metric on the newest training rows; far above the validation's, it indicates overfitting."""
    labels = train.labels[-_NEWEST_ROWS:]
    if task.refuse(labels):
        return {}
    outputs = fitted.predict(train.features[-_NEWEST_ROWS:])
    return {f"train_{metric}": task.metric(metric).value(labels, outputs)}
