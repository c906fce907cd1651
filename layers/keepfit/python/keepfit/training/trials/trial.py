"""One candidate's trial: fitted on the training rows, exported, compared with its export, measured on the holdout."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from keepfit.evaluation.roc_auc import roc_auc
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.base import Fitted, Labels, Matrix, Probabilities
from keepfit.training.trials.candidates import effective_parameters, fit
from keepfit.training.trials.parity import compare
from keepfit.training.trials.report import TrialReport

_PACKAGES = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")

# Below this the logarithm of a probability says more about rounding than about the model.
_SMALLEST = 1e-7
_NEWEST_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Encoded rows with their labels; ``code_sizes`` maps a category's column to its number of codes."""

    features: Matrix
    labels: Labels
    code_sizes: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The files of a candidate: the exported model, P(true) of the holdout rows by the estimator itself, the report."""

    model: bytes
    scores: Probabilities
    report: TrialReport


def try_candidate(
    name: str,
    candidate: CandidateDefinition,
    *,
    train: Rows,
    holdout: Rows,
    seed: int,
    tolerance: float,
    tell: Callable[[str], None],
) -> Trial:
    """Fits, exports, compares and measures; ``tell`` hears one line about each.

    Raises:
        EmptyWindow: only one label in the training or the holdout rows.
        InvalidDefinition: parameters that the algorithm does not accept.
        ParityFailed: an export that does not even run. One that runs and differs is reported, and judged later.
    """
    started = time.perf_counter()
    fitted = fit(candidate, train.features, train.labels, code_sizes=train.code_sizes, seed=seed)
    seconds = time.perf_counter() - started
    tell(f"fitted {candidate.algorithm} on {len(train.labels)} rows in {seconds:.2f} s")
    model = fitted.to_onnx()
    parity = compare(
        fitted, model, holdout.features, code_sizes=train.code_sizes, tolerance=tolerance, seed=seed
    )
    tell(
        f"exported {len(model)} bytes, which differ by up to {parity.max_difference:.2g} "
        f"and flip {parity.flipped_labels} labels over {parity.rows} rows"
    )
    scores = fitted.probabilities(holdout.features)
    metrics = {
        **_metrics(holdout.labels, scores),
        **_on_training_rows(fitted, train),
    }
    tell(f"roc_auc {metrics['roc_auc']:.4f} on {len(holdout.labels)} holdout rows")
    report = TrialReport(
        candidate=name,
        algorithm=candidate.algorithm,
        parameters={**effective_parameters(candidate), "random_state": seed},
        rows=len(train.labels),
        fit_seconds=round(seconds, 3),
        model_bytes=len(model),
        metrics=metrics,
        parity=parity,
        packages={package: version(package) for package in _PACKAGES},
    )
    return Trial(model=model, scores=scores, report=report)


def _on_training_rows(fitted: Fitted, train: Rows) -> dict[str, float]:
    """The metric on the newest training rows; far above the holdout's, it tells of learning by heart."""
    labels = train.labels[-_NEWEST_ROWS:]
    if labels.all() or not labels.any():
        return {}
    return {"train_roc_auc": roc_auc(labels, fitted.probabilities(train.features[-_NEWEST_ROWS:]))}


def _metrics(labels: Labels, scores: Probabilities) -> dict[str, float]:
    bounded = np.clip(scores, _SMALLEST, 1 - _SMALLEST)
    return {
        "roc_auc": roc_auc(labels, scores),
        "log_loss": float(-np.mean(np.where(labels, np.log(bounded), np.log1p(-bounded)))),
        "brier": float(np.mean((scores - labels) ** 2)),
        "mean_score": float(scores.mean()),
        "label_rate": float(labels.mean()),
    }
