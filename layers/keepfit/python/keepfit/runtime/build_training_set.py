"""Composition root of `build_training_set`: builds ``TrainingSetBuilder`` from the environment."""

from __future__ import annotations

from functools import partial
from typing import Any

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.application.build_training_set import TrainingSetBuilder
from keepfit.application.engines import engine_of
from keepfit.application.plan_join import JoinPlanner
from keepfit.application.ports import FeatureJoins
from keepfit.features.offline.join_job import PLAN_JOIN
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import RunFiles

# Two thirds of the function's memory, and the threads that such a function has.
_MEMORY_MB, _THREADS = 2048, 2


def build(event: dict[str, Any]) -> dict[str, Any]:
    """Builds the training set of ``event["run_id"]``; see ``TrainingSetBuilder.build``.

    Where ``event["step"]`` is ``PLAN_JOIN``, the join of its features is planned first; see ``JoinPlanner.plan``.
    """
    artifacts, lake = setting(variables.ARTIFACTS_BUCKET), setting(variables.LAKE_BUCKET)
    files = RunFiles(S3Artifacts(bucket=artifacts), ModelScope(setting(variables.MODEL)).run(event["run_id"]))
    if event.get("step") == PLAN_JOIN:
        planner = JoinPlanner(
            files=files,
            lake=S3Lake(bucket=lake),
            stored=S3Artifacts(bucket=lake),
            joins=_joins(),
            in_lake=f"s3://{lake}/{{}}".format,
            in_artifacts=f"s3://{artifacts}/{{}}".format,
        )
        return planner.plan()
    engines = partial(engine_of, memory_mb=_MEMORY_MB, threads=_THREADS)
    return TrainingSetBuilder(files=files, lake=S3Lake(bucket=lake), engine_of=engines).build()


def _joins() -> FeatureJoins:
    from keepfit.adapters.spark.joins import SparkJoins  # noqa: PLC0415  few models join on Spark

    return SparkJoins(memory_mb=_MEMORY_MB, threads=_THREADS)
