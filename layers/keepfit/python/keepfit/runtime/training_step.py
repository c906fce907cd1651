"""Composition root of the steps that run in the training image, on Fargate or Lambda."""

from __future__ import annotations

import os
from typing import Any, Literal

import msgspec

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.application.assemble_segments import AssemblyTask
from keepfit.application.measure_trials import MeasuringTask
from keepfit.application.select_features import SelectionTask
from keepfit.application.train_candidate import CandidateTask
from keepfit.application.train_segments import SegmentsTask
from keepfit.application.training_step import TrainingStep
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.compute_definition import FARGATE
from keepfit.training.runs.run_files import RunFiles
from keepfit.training.search_definition import MEASURE_TRIALS
from keepfit.training.segments_definition import ASSEMBLE_SEGMENTS, TRAIN_SEGMENTS
from keepfit.training.selection.selection import SELECT_FEATURES
from keepfit.training.trials.report import Compute


class StepRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the state machine asks the training image for.

    ``round`` and ``worker`` are of a search, ``batch`` of segments; ``compute`` is what runs the step, and ``moved``
    the error that a service before it ended with, empty where there was none.
    """

    run_id: str
    step: Literal[
        "train_candidate", "measure_trials", "select_features", "train_segments", "assemble_segments"
    ] = "train_candidate"
    candidate: str = ""
    round: int = 0
    worker: int = 0
    batch: int = 0
    compute: str = FARGATE
    moved: str = ""


def request_of_environment() -> StepRequest:
    """The request of a task, which has it in its environment.

    Raises ValidationError where the state machine left the run out, or asks for a step that there is none of.
    """
    given = {field: os.environ[name] for field, name in variables.OF_STEP.items() if name in os.environ}
    return msgspec.convert(given, StepRequest, strict=False)


def request_of_event(event: dict[str, Any]) -> StepRequest:
    """The request of an invocation, which is its event. Raises ValidationError likewise."""
    return msgspec.convert(event, StepRequest)


def training_step(request: StepRequest) -> TrainingStep:
    """Builds the step that a request is for.

    Raises NotFound where the stack left a variable out.
    """
    files = RunFiles(
        S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
        ModelScope(setting(variables.MODEL)).run(request.run_id),
    )
    if request.step == SELECT_FEATURES:
        return SelectionTask(files=files, rows=DuckdbRows())
    if request.step == TRAIN_SEGMENTS:
        return SegmentsTask(batch=request.batch, files=files, rows=DuckdbRows())
    if request.step == ASSEMBLE_SEGMENTS:
        return AssemblyTask(files=files, rows=DuckdbRows())
    if request.step == MEASURE_TRIALS:
        return MeasuringTask(
            candidate=request.candidate,
            number=request.round,
            worker=request.worker,
            files=files,
            rows=DuckdbRows(),
            moved=request.moved,
        )
    return CandidateTask(
        candidate=request.candidate,
        files=files,
        rows=DuckdbRows(),
        compute=Compute(on=request.compute, moved=request.moved or None),
    )
