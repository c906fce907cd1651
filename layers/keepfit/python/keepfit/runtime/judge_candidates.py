"""Composition root of `judge_candidates`: builds ``RunJudge`` from environment variables."""

from __future__ import annotations

from typing import Any

from keepfit import instants, variables
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_prediction_log import S3PredictionLog
from keepfit.application.judge_run import RunJudge
from keepfit.layout import ModelScope
from keepfit.monitoring.newest_requests import newest_requests
from keepfit.registry.champion import champion_behind
from keepfit.runtime.live import live_alias
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import RunFiles


def judge_run(event: dict[str, Any]) -> dict[str, Any]:
    """Judges the candidates of ``event["run_id"]``; see ``RunJudge.judge``.

    Returns:
        ``winner``: the name of the best candidate that passed every gate, or None; the ``reason``; and why it is
        ``left_to_person``, None where it may be released.
    """
    model = setting(variables.MODEL)
    versions = DynamoVersions(
        items=ModelItems(table=setting(variables.REGISTRY_TABLE), model=model),
        stack=setting(variables.STACK_ID),
    )
    lambda_version, _ = live_alias().current()
    judgement = RunJudge(
        files=RunFiles(
            S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)), ModelScope(model).run(event["run_id"])
        ),
        versions=versions,
        champion=lambda: champion_behind(lambda_version, versions),
        logged=lambda limit: newest_requests(
            S3PredictionLog(bucket=setting(variables.LAKE_BUCKET), model=model),
            model,
            limit=limit,
            at=instants.now(),
        ),
    ).judge()
    return {
        "winner": judgement.winner,
        "reason": judgement.reason,
        "left_to_person": judgement.left_to_person,
    }
