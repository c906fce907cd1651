"""A candidate's trial: validated, fitted on all training rows, exported, and compared with its export.

No label of the holdout is read here: candidates are chosen by their validation, and the chosen one is judged elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.wishes import Wishes
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec
from keepfit.training.calibration.calibrated import Calibrated
from keepfit.training.definition import CandidateDefinition, GatesDefinition
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.recipes.libraries import versions
from keepfit.training.recipes.registry import LISTINGS
from keepfit.training.trials.fit_candidate import effective_parameters, fit
from keepfit.training.trials.parity import compare
from keepfit.training.trials.report import Parity, TrialReport
from keepfit.training.trials.settling import Settled, settle
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
    """

    task: TrainingTask
    train: Rows
    holdout: Matrix
    validation: Validation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The files of a candidate: the exported model, its task as settled, the holdout outputs, the report."""

    model: bytes
    spec: TaskSpec
    scores: Outputs
    report: TrialReport


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
    started = time.perf_counter()
    targets, wishes = data.task.targets(train.labels), wishes or Wishes()
    settled = settle(data.validation, targets, task=data.task, metric=metric, wishes=wishes)
    candidate = settled.continued(candidate)
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
    fitted, model, parity = _exported(settled.finished(plain), settled.task, data, gates, seed)
    if not _passes(parity, gates) and settled.calibration is not None:
        # Rounding would show in the export of the calibration.
        settled = settled.without_calibration(data.validation, targets, metric=metric, wishes=wishes)
        fitted, model, parity = _exported(plain, settled.task, data, gates, seed)
    tell(
        f"exported {len(model)} bytes, which differ by up to {parity.max_difference:.2g} "
        f"and flip {parity.flipped_labels} labels over {parity.rows} rows"
    )
    metrics = {**_on_training_rows(fitted, train, settled.task, metric.name), **_on_validation_rows(settled)}
    if data.validation and metric.name in metrics:
        tell(
            f"{metric.name} {metrics[metric.name]:.4f} on {len(data.validation.labels)} validation rows in "
            f"{data.validation.folds} folds, by fits without them"
        )
    report = TrialReport(
        candidate=name,
        algorithm=candidate.algorithm,
        parameters={**effective_parameters(candidate, data.task, len(train.labels)), "random_state": seed},
        rows=len(train.labels),
        fit_seconds=round(seconds, 3),
        model_bytes=len(model),
        metrics=metrics,
        validation_rows=len(data.validation.labels) if data.validation else 0,
        validation_folds=data.validation.folds if data.validation else 0,
        parity=parity,
        target=None if settled.target.is_label else msgspec.to_builtins(settled.target),
        calibration=fitted.calibration.report() if isinstance(fitted, Calibrated) else None,
        answers=msgspec.to_builtins(settled.spec),
        code_sha256=None if candidate.code is None else sha256(candidate.code.encode()).hexdigest(),
        packages=versions(*_PACKAGES, *LISTINGS[candidate.algorithm].packages),
    )
    return Trial(model=model, spec=settled.spec, scores=fitted.predict(data.holdout), report=report)


def _exported(
    fitted: Fitted, task: TrainingTask, data: TrialData, gates: GatesDefinition, seed: int
) -> tuple[Fitted, bytes, Parity]:
    """A model, its export, and the difference between both."""
    model = fitted.to_onnx()
    parity = compare(
        fitted,
        model,
        data.holdout,
        task=task.serving,
        code_sizes=data.train.code_sizes,
        tolerance=gates.parity_tolerance,
        seed=seed,
    )
    return fitted, model, parity


def _passes(parity: Parity, gates: GatesDefinition) -> bool:
    return parity.max_difference <= gates.parity_tolerance and not parity.flipped_labels


def _on_validation_rows(settled: Settled) -> dict[str, float]:
    if settled.labels is None or settled.outputs is None:
        return {}
    return settled.task.measure(settled.labels, settled.outputs)


def _on_training_rows(fitted: Fitted, train: Rows, task: TrainingTask, metric: str) -> dict[str, float]:
    """The metric on the newest training rows; far above the validation's, it indicates overfitting."""
    labels = train.labels[-_NEWEST_ROWS:]
    if task.refuse(labels):
        return {}
    outputs = fitted.predict(train.features[-_NEWEST_ROWS:])
    return {f"train_{metric}": task.metric(metric).value(labels, outputs)}
