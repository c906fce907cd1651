"""A candidate's trial: fitted, exported, compared with its export, evaluated on the holdout."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import msgspec

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.evaluation.tasks.target import Target
from keepfit.evaluation.tasks.wishes import Wishes
from keepfit.tasks.base import Outputs
from keepfit.tasks.spec import TaskSpec
from keepfit.training.calibration.calibrated import Calibrated
from keepfit.training.definition import CandidateDefinition, GatesDefinition
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.trials.candidates import effective_parameters, fit
from keepfit.training.trials.inner_split import inner_split
from keepfit.training.trials.parity import compare
from keepfit.training.trials.report import Parity, TrialReport
from keepfit.training.trials.settling import Settled, settle

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
    """Rows that train and rows that judge, their task, and whether the latter are newer."""

    task: TrainingTask
    train: Rows
    holdout: Rows
    by_time: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a candidate leaves: the exported model, its task as settled, the estimator's holdout outputs, the report."""

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
    """Fits, settles, exports, compares and measures; ``tell`` receives one line about each.

    Raises:
        EmptyWindow: labels of which nothing can be learned, or by which nothing can be measured.
        InvalidDefinition: parameters that the algorithm does not accept.
        ParityFailed: an export that does not even run. One that runs and differs is reported, and judged later.
    """
    train, holdout = data.train, data.holdout
    metric = data.task.metric(gates.metric)
    started = time.perf_counter()

    def fitted_to(features: Matrix, labels: Labels, target: Target) -> Fitted:
        return fit(
            candidate,
            features,
            labels,
            task=data.task,
            code_sizes=train.code_sizes,
            seed=seed,
            target=target,
        )

    settled = settle(
        train.features,
        train.labels,
        inner_split(train.labels, task=data.task, by_time=data.by_time, seed=seed),
        task=data.task,
        metric=metric,
        wishes=wishes or Wishes(),
        fit=fitted_to,
    )
    plain = fitted_to(train.features, train.labels, settled.target)
    seconds = time.perf_counter() - started
    tell(f"fitted {candidate.algorithm} on {len(train.labels)} rows in {seconds:.2f} s")
    task = training_task_of(settled.spec)
    fitted, model, parity = _exported(plain, settled, task, data, gates, seed)
    tell(
        f"exported {len(model)} bytes, which differ by up to {parity.max_difference:.2g} "
        f"and flip {parity.flipped_labels} labels over {parity.rows} rows"
    )
    scores = fitted.predict(holdout.features)
    task = training_task_of(task.proven(holdout.labels, scores))
    metric = task.metric(gates.metric)
    metrics = {
        **task.measure(holdout.labels, scores),
        **_on_training_rows(fitted, train, task, metric),
    }
    tell(f"{metric.name} {metrics[metric.name]:.4f} on {len(holdout.labels)} holdout rows")
    report = TrialReport(
        candidate=name,
        algorithm=candidate.algorithm,
        parameters={**effective_parameters(candidate, task, len(train.labels)), "random_state": seed},
        rows=len(train.labels),
        fit_seconds=round(seconds, 3),
        model_bytes=len(model),
        metrics=metrics,
        parity=parity,
        settled_on_rows=settled.rows,
        target=None if settled.target.is_label else msgspec.to_builtins(settled.target),
        calibration=fitted.calibration.report() if isinstance(fitted, Calibrated) else None,
        answers=msgspec.to_builtins(task.spec),
        packages={package: version(package) for package in _PACKAGES},
    )
    return Trial(model=model, spec=task.spec, scores=scores, report=report)


def _exported(
    plain: Fitted, settled: Settled, task: TrainingTask, data: TrialData, gates: GatesDefinition, seed: int
) -> tuple[Fitted, bytes, Parity]:
    """The model with its calibration, or without where rounding would show in the export of that."""
    for fitted in (settled.finished(plain, task), plain):
        model = fitted.to_onnx()
        parity = compare(
            fitted,
            model,
            data.holdout.features,
            task=task.serving,
            code_sizes=data.train.code_sizes,
            tolerance=gates.parity_tolerance,
            seed=seed,
        )
        if parity.max_difference <= gates.parity_tolerance and not parity.flipped_labels:
            break
    return fitted, model, parity


def _on_training_rows(fitted: Fitted, train: Rows, task: TrainingTask, metric: Metric) -> dict[str, float]:
    """The metric on the newest training rows; far above the holdout's, it indicates overfitting."""
    labels = train.labels[-_NEWEST_ROWS:]
    if task.refuse(labels):
        return {}
    outputs = fitted.predict(train.features[-_NEWEST_ROWS:])
    return {f"train_{metric.name}": metric.value(labels, outputs)}
