"""The fallback of a run's segments: the candidate that would win if there were none."""

from __future__ import annotations

from keepfit.application.candidate_trial import candidate_trial
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.errors import NoCandidate, NotFound
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.training.judging.ranking import best_trained
from keepfit.training.runs.run_files import RunFiles
from keepfit.training.segments.plan import SegmentPlan


def fallback_of(files: RunFiles, compiled: CompiledModel) -> str:
    """The name of the candidate that is best by validation; every task of a run finds the same.

    Raises:
        NoCandidate: none was trained, validated and exported as it is.
    """
    task, gates = training_task_of(files.signature().task), compiled.definition.gates
    metric = task.metric(gates.metric).name
    trials = [
        candidate_trial(files.candidate(name), name, metric) for name in files.training_set().candidates
    ]
    best = best_trained(trials, task, gates)
    if best is None:
        reasons = "; ".join(f"{trial.name}: {trial.fault or 'not validated'}" for trial in trials)
        raise NoCandidate(f"no candidate could answer rows of no segment, so none has a model: {reasons}")
    return best.name


def plan_of_segments(files: RunFiles) -> SegmentPlan:
    """The plan of the run's segments. Raises NotFound where it has none."""
    plan = files.segment_plan()
    if plan is None:
        raise NotFound(f"{files.folder} has no plan of segments; its definition named no segment_by")
    return plan
