"""The trial of one segment: candidates validated on its rows, the best one fitted and exported."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from keepfit.errors import EmptyWindow, KeepfitError
from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.row_losses import row_losses
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.tasks.base import Outputs
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.recipes.base import Matrix
from keepfit.training.segments.segment_folds import SegmentFolds, lacks_classes
from keepfit.training.segments.segment_result import SegmentTrial
from keepfit.training.trials.choose_settings import Settled, settle
from keepfit.training.trials.exported import Exported, export
from keepfit.training.trials.fit_candidate import fit

LEAST_VALIDATING = 20
"""With fewer rows of its own that validate, nothing says whether a segment's model is any good."""
# An adversarial row is made of a real one; a segment may have none in the holdout.
_BASE_ROWS = 64
# As a run's candidates are calibrated on thousands of rows, and a segment has dozens.
_PLAIN = Wishes(calibration="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentData:
    """The rows of one segment.

    Args:
        value: of the column that parts rows into segments.
        features: (rows, numbers) that train.
        labels: (rows,) of them.
        code_sizes: see ``recipes.base.Problem``.
        holdout: (rows, numbers) that will judge, without their labels.
        folds: in which candidates are validated; None where none can be.
    """

    value: str
    features: Matrix
    labels: Labels
    code_sizes: Mapping[int, int]
    holdout: Matrix
    folds: SegmentFolds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    candidate: CandidateDefinition
    settled: Settled
    outputs: Outputs
    loss: float


def try_segment(
    data: SegmentData,
    candidates: Mapping[str, CandidateDefinition],
    *,
    task: TrainingTask,
    gates: GatesDefinition,
    seed: int,
) -> SegmentTrial:
    """Validates every candidate on the segment, and fits and exports the one with the least loss.

    Args:
        data: its rows.
        candidates: by name; what one cannot learn leaves it to the others.
        task: the fallback's, with its threshold.
        gates: the metric, and how exact an export must be.
        seed: of every draw.
    """
    refusal = _refusal(data, task)
    if refusal is not None or data.folds is None:
        return SegmentTrial(value=data.value, rows=len(data.labels), fault=refusal)
    tried, faults = _validated(data.folds, candidates, task, gates, seed)
    if not tried:
        return SegmentTrial(value=data.value, rows=len(data.labels), fault="; ".join(faults))
    chosen = min(tried, key=lambda name: tried[name].loss)
    started = time.perf_counter()
    exported = _exported(tried[chosen], data, task, gates, seed)
    fault = (
        None if exported.passes(gates) else f"its export answers otherwise than {chosen} as it was trained"
    )
    return SegmentTrial(
        value=data.value,
        rows=len(data.labels),
        chosen=chosen,
        asked=data.folds.asked,
        answers={name: each.outputs for name, each in tried.items()},
        model=exported.model,
        scores=exported.fitted.predict(data.holdout) if len(data.holdout) else task.serving.blank(0),
        parity=msgspec.structs.replace(exported.parity, worst=[]),
        fit_seconds=round(time.perf_counter() - started, 3),
        fault=fault,
    )


def _refusal(data: SegmentData, task: TrainingTask) -> str | None:
    """Why nothing is trained of a segment; None where something is."""
    nothing = task.refuse(data.labels)
    if nothing:
        return nothing
    missing = lacks_classes(data.labels, task)
    if missing:
        return f"no row of it that trains has the class {', '.join(missing[:5])}"
    asked = 0 if data.folds is None else len(data.folds.asked)
    if asked < LEAST_VALIDATING:
        return f"{asked} rows of it validate, and {LEAST_VALIDATING} are needed"
    return None


def _validated(
    own: SegmentFolds,
    candidates: Mapping[str, CandidateDefinition],
    task: TrainingTask,
    gates: GatesDefinition,
    seed: int,
) -> tuple[dict[str, _Tried], list[str]]:
    """The candidates that answered, and why others did not."""
    metric, folds = task.metric(gates.metric), own.folds
    tried, faults = dict[str, _Tried](), list[str]()
    for name, candidate in candidates.items():
        try:
            validation = folds.validate(candidate, seed=seed)
            settled = settle(validation, folds.targets, task=folds.task, metric=metric, wishes=_PLAIN)
            if settled.labels is None or settled.outputs is None:
                raise EmptyWindow("no row validates")
            losses = row_losses(task, metric, settled.labels, settled.outputs)
        except (KeepfitError, ValueError) as error:
            faults.append(f"{name}: {error}")
            continue
        finally:
            folds.forget()
        loss = float(np.mean(losses))
        tried[name] = _Tried(candidate=candidate, settled=settled, outputs=settled.outputs, loss=loss)
    return tried, faults


def _exported(
    tried: _Tried, data: SegmentData, task: TrainingTask, gates: GatesDefinition, seed: int
) -> Exported:
    settled = replace(tried.settled, spec=task.spec)
    fitted = fit(
        settled.continued(tried.candidate),
        data.features,
        data.labels,
        task=task,
        code_sizes=data.code_sizes,
        seed=seed,
        target=settled.target,
    )
    asked = np.concatenate([data.features[:_BASE_ROWS], data.holdout])
    return export(fitted, settled, asked, code_sizes=data.code_sizes, gates=gates, seed=seed)
