"""Composition root of `replay_requests`: judges a release by copies of requests, or by its scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from keepfit import instants, variables
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_prediction_log import S3PredictionLog
from keepfit.application.compare_scores import compare_scores
from keepfit.application.copied_requests import copied_requests
from keepfit.application.holdout import read_holdout
from keepfit.application.replay_requests import MAX_REQUESTS, Contestant, RequestReplay
from keepfit.errors import NotFound
from keepfit.features.schema.signature import from_json, sensitive_inputs
from keepfit.layout import ModelScope
from keepfit.monitoring.newest_requests import newest_requests
from keepfit.registry.ports import Versions
from keepfit.registry.versions import read_files
from keepfit.runtime.definition import model_of_run
from keepfit.runtime.live import live_routing, release_target
from keepfit.runtime.registry_items import registry_items
from keepfit.runtime.settings import setting
from keepfit.serving.release.canary import DECIDED, ENDED, CanaryVerdict
from keepfit.serving.release.ports import ReleaseTarget
from keepfit.serving.release.released_graph import read_graph
from keepfit.serving.release.replay import ReplayReport, judge_replay, judge_shadow
from keepfit.serving.release.routing import Routing, is_tried
from keepfit.serving.release.score_shift import judge_shift
from keepfit.serving.release_definition import ReleaseDefinition
from keepfit.tasks.registry import task_of
from keepfit.training.runs.run_files import HOLDOUT, REPLAY, SHADOW, SIGNATURE, RunFiles


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """The request of `replay_requests`: the release on trial, and why its requests did not decide."""

    run_id: str
    version: int
    lambda_version: str
    reason: str


class Promoted(msgspec.Struct, frozen=True, kw_only=True):
    """The request to compare scores: the release on trial, and the verdict by its requests."""

    run_id: str
    lambda_version: str
    started_at: datetime
    evaluation: CanaryVerdict


class Shadowed(msgspec.Struct, frozen=True, kw_only=True):
    """The request of copies: the release to be tried, and the start of its shadow."""

    run_id: str
    lambda_version: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A release that is tried beside the champion, and all that is known of both."""

    run_id: str
    model: str
    routing: Routing
    challenger: str
    target: ReleaseTarget
    artifacts: S3Artifacts
    versions: DynamoVersions
    log: S3PredictionLog

    @classmethod
    def of(cls, run_id: str, challenger: str) -> _Trial:
        """The trial of the Lambda version ``challenger``, by the settings of the environment."""
        model = setting(variables.MODEL)
        return cls(
            run_id=run_id,
            model=model,
            routing=live_routing().read().routing,
            challenger=challenger,
            target=release_target(),
            artifacts=S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
            versions=DynamoVersions(items=registry_items(), stack=setting(variables.STACK_ID)),
            log=S3PredictionLog(bucket=setting(variables.LAKE_BUCKET), model=model),
        )

    def definition(self) -> ReleaseDefinition:
        """How the run's definition releases."""
        return model_of_run(self.run_id).definition.release

    def contestants(self) -> tuple[Contestant, Contestant]:
        """The champion and the challenger."""
        return (
            _contestant(self.artifacts, self.versions, self.routing.lambda_version),
            _contestant(self.artifacts, self.versions, self.challenger),
        )

    def keep(self, report: ReplayReport, name: str) -> None:
        """Puts a report among the files of the run."""
        run = RunFiles(self.artifacts, ModelScope(self.model).run(self.run_id))
        run.put(name, msgspec.json.format(msgspec.json.encode(report)))


def replay(event: dict[str, Any]) -> CanaryVerdict:
    """Decides a canary by a replay, unless a later decision has been made; the run keeps the report."""
    undecided = msgspec.convert(event, Undecided)
    trial = _Trial.of(undecided.run_id, undecided.lambda_version)
    if trial.routing.lambda_version == trial.challenger:
        return CanaryVerdict(verdict="promote", reason=DECIDED, requests=0, failures=0)
    if not is_tried(trial.routing, trial.challenger):
        return CanaryVerdict(verdict="roll back", reason=ENDED, requests=0, failures=0)
    run = ModelScope(trial.model).run(trial.versions.get(undecided.version).run_id)
    trained, definition = RunFiles(trial.artifacts, run), trial.definition()
    champion, challenger = trial.contestants()
    # What the log leaves out cannot be asked again.
    logs_all = not (sensitive_inputs(champion.signature) or sensitive_inputs(challenger.signature))

    def logged(limit: int) -> list[dict[str, Any]]:
        newest = newest_requests(trial.log, trial.model, limit=limit, at=instants.now()) if logs_all else {}
        return [*newest.values()]

    report = RequestReplay(
        target=trial.target, logged=logged, holdout=lambda limit: _holdout(trained, limit)
    ).replay(champion, challenger, requests=definition.minimum_requests)
    trial.keep(report, REPLAY)
    return judge_replay(definition, report, undecided=undecided.reason)


def shadow(event: dict[str, Any]) -> CanaryVerdict:
    """Asks a challenger copies of what clients asked since its shadow began; the run keeps the report."""
    asked = msgspec.convert(event, Shadowed)
    trial = _Trial.of(asked.run_id, asked.lambda_version)
    definition = trial.definition()

    def copied(limit: int) -> list[dict[str, Any]]:
        return copied_requests(
            trial.log, trial.model, share=definition.shadow, since=asked.started_at, limit=limit
        )

    report = RequestReplay(target=trial.target, logged=copied, holdout=lambda _limit: []).replay(
        *trial.contestants(), requests=MAX_REQUESTS
    )
    trial.keep(report, SHADOW)
    return judge_shadow(definition, report)


def compare(event: dict[str, Any]) -> CanaryVerdict:
    """Judges a canary that is to be promoted by its scores, which may be too far from the champion's."""
    promoted = msgspec.convert(event, Promoted)
    trial = _Trial.of(promoted.run_id, promoted.lambda_version)
    if not is_tried(trial.routing, trial.challenger):
        return promoted.evaluation
    champion, challenger = trial.contestants()
    task = task_of(challenger.signature.task)
    if champion.version == challenger.version or task.compared_with(champion.signature.task) is not None:
        return promoted.evaluation
    shift = compare_scores(
        trial.log,
        trial.model,
        task,
        champion=champion.version,
        challenger=challenger.version,
        since=promoted.started_at,
    )
    return judge_shift(trial.definition(), shift, promoted.evaluation)


def _contestant(artifacts: S3Artifacts, versions: Versions, lambda_version: str) -> Contestant:
    release = versions.release(lambda_version)
    if release is None:
        raise NotFound(f"Lambda version {lambda_version} is on record as no release; train again")
    if release.nodes:
        graph = read_graph(artifacts, setting(variables.MODEL), release.version, release.code_sha256)
        return Contestant(
            version=release.version,
            lambda_version=lambda_version,
            signature=graph.signature,
            defaults=graph.instances[0],
        )
    files = read_files(artifacts, versions.get(release.version), [SIGNATURE])
    return Contestant(
        version=release.version, lambda_version=lambda_version, signature=from_json(files[SIGNATURE])
    )


def _holdout(files: RunFiles, limit: int) -> Sequence[dict[str, Any]]:
    """Rows spread over the holdout; none where it has expired."""
    lines = files.rows.find(HOLDOUT)
    rows = read_holdout(lines) if lines else []
    step = max(1, len(rows) // limit)
    return [msgspec.json.decode(row.instance) for row in rows[::step][:limit]]
