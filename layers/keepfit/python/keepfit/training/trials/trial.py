"""A candidate's trial: fitted, exported, compared with its export, evaluated on the holdout."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import msgspec

from keepfit.evaluation.metrics.base import Labels, Metric
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.target import Target
from keepfit.tasks.base import Outputs
from keepfit.training.definition import CandidateDefinition, GatesDefinition
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.trials.candidates import effective_parameters, fit
from keepfit.training.trials.parity import compare
from keepfit.training.trials.report import TrialReport
from keepfit.training.trials.targets import choose_target

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
    """Rows that train and rows that judge, and their task."""

    task: TrainingTask
    train: Rows
    holdout: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The files of a candidate: the exported model, the estimator's holdout outputs, the report."""

    model: bytes
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
) -> Trial:
    """Fits, exports, compares and measures; ``tell`` receives one line about each.

    Raises:
        EmptyWindow: labels of which nothing can be learned, or by which nothing can be measured.
        InvalidDefinition: parameters that the algorithm does not accept.
        ParityFailed: an export that does not even run. One that runs and differs is reported, and judged later.
    """
    task, train, holdout = data.task, data.train, data.holdout
    metric = task.metric(gates.metric)
    started = time.perf_counter()

    def fitted_to(features: Matrix, labels: Labels, target: Target) -> Fitted:
        return fit(
            candidate, features, labels, task=task, code_sizes=train.code_sizes, seed=seed, target=target
        )

    target = choose_target(train.features, train.labels, task=task, metric=metric, fit=fitted_to)
    fitted = fitted_to(train.features, train.labels, target)
    seconds = time.perf_counter() - started
    tell(f"fitted {candidate.algorithm} on {len(train.labels)} rows in {seconds:.2f} s")
    model = fitted.to_onnx()
    parity = compare(
        fitted,
        model,
        holdout.features,
        task=task.serving,
        code_sizes=train.code_sizes,
        tolerance=gates.parity_tolerance,
        seed=seed,
    )
    tell(
        f"exported {len(model)} bytes, which differ by up to {parity.max_difference:.2g} "
        f"and flip {parity.flipped_labels} labels over {parity.rows} rows"
    )
    scores = fitted.predict(holdout.features)
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
        target=None if target.is_label else msgspec.to_builtins(target),
        packages={package: version(package) for package in _PACKAGES},
    )
    return Trial(model=model, scores=scores, report=report)


def _on_training_rows(fitted: Fitted, train: Rows, task: TrainingTask, metric: Metric) -> dict[str, float]:
    """The metric on the newest training rows; far above the holdout's, it indicates overfitting."""
    labels = train.labels[-_NEWEST_ROWS:]
    if task.refuse(labels):
        return {}
    outputs = fitted.predict(train.features[-_NEWEST_ROWS:])
    return {f"train_{metric.name}": metric.value(labels, outputs)}
