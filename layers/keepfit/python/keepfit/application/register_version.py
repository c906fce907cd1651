"""Registers the winner of a run as an immutable version, verified by digests."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np

from keepfit import instants
from keepfit.application.holdout import HoldoutRow, read_holdout
from keepfit.errors import InvalidModel, NotFound
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.schema.signature import from_json, sensitive_inputs, to_json
from keepfit.layout import ModelScope
from keepfit.monitoring.drift.resampling import with_output_distributions
from keepfit.monitoring.estimation.registry import estimator_of
from keepfit.monitoring.profiles.profile import ReferenceProfile, season_of, watched_columns
from keepfit.registry.artifact_store import ArtifactStore, sha256, write_once
from keepfit.registry.onnx_inspection import admit
from keepfit.registry.pack_inspection import admit_pack
from keepfit.registry.ports import Versions
from keepfit.registry.segment_pack import SEGMENTS, SegmentPack
from keepfit.registry.versions import EXPLAINER, Claim, Manifest, ModelVersion, write_manifest
from keepfit.serving.inference.probe import probe
from keepfit.serving.inference.scorer import answerable
from keepfit.serving.release.golden import GOLDEN, GoldenRequest, choose_instances
from keepfit.tasks.base import Outputs, ServingTask
from keepfit.tasks.registry import task_of
from keepfit.tasks.spec import TaskSpec
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.run_files import (
    HOLDOUT,
    JUDGEMENT,
    MODEL,
    PROFILE,
    REPORT,
    SCORES,
    SEGMENT_RECORD,
    SIGNATURE,
    TRAINING_SET,
    RunFiles,
)
from keepfit.training.segments_definition import SEGMENTED
from keepfit.training.selection.narrowing import unread_inputs
from keepfit.training.trials.report import TrialReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Registers at most one version per run; idempotent."""

    model: str
    artifacts: ArtifactStore
    versions: Versions
    now: Callable[[], datetime] = instants.now

    def register(self, run_id: str, winner: str) -> ModelVersion:
        """Registers the run's ``winner`` and returns its version.

        Raises:
            InvalidModel: a model that must not be loaded, or that does not survive its first run.
            NotFound: a file of the run is missing, or the run was won by another candidate.
        """
        claim = self.versions.claim(run_id, self.now())
        try:
            return self.versions.get(claim.version)
        except NotFound:
            version = self._write(claim, RunFiles(self.artifacts, ModelScope(self.model).run(run_id)), winner)
        self.versions.register(version)
        return version

    def _write(self, claim: Claim, files: RunFiles, winner: str) -> ModelVersion:
        made = _files(files, winner)
        prefix = ModelScope(self.model).version(claim.version)
        kept = {name: write_once(self.artifacts, prefix + name, body) for name, body in made.items()}
        run = files.run()
        report = msgspec.json.decode(kept[REPORT], type=TrialReport)
        training_set, judgement = sha256(files.get(TRAINING_SET)), files.judgement()
        chosen = judgement.chosen
        manifest = Manifest(
            model=self.model,
            version=claim.version,
            run_id=claim.run_id,
            created_at=claim.claimed_at,
            files={name: sha256(body) for name, body in sorted(kept.items())},
            data=run.data,
            digests={
                "data": _digest({"versions": run.data, "training_set": training_set}),
                "definition": run.definition_digest,
                "code": run.code_digest,
                "packages": _digest(report.packages),
            },
            metrics=chosen.metrics if chosen and chosen.metrics else report.metrics,
            metric=judgement.metric,
            verdicts=chosen.gates if chosen else [],
            segments=len(SegmentPack(kept[SEGMENTS]).sizes) if SEGMENTS in kept else 0,
        )
        return write_manifest(self.artifacts, manifest)


def _files(files: RunFiles, winner: str) -> dict[str, bytes]:
    """The files of a version but for the manifest.

    The model is inspected, and run in a sandbox, before anything is kept.
    """
    own, judgement = files.candidate(winner), files.judgement()
    if judgement.winner != winner:
        raise NotFound(
            f"{winner!r} is to be registered, and the judgement in {files.folder} names {judgement.winner!r}"
        )
    unjudged = own.find(SIGNATURE) or to_json(files.signature())
    model, signature = own.get(MODEL), _judged(unjudged, judgement)
    admit(model)
    segments = {name: own.get(name) for name in (SEGMENTS, SEGMENT_RECORD) if winner == SEGMENTED}
    explainer = own.find(EXPLAINER)
    if segments:
        admit_pack(segments[SEGMENTS])
    read = from_json(signature)
    profile = ReferenceProfile.from_json(files.get(PROFILE)).without(
        unread_inputs(read) | sensitive_inputs(read)
    )
    scores, holdout = _read_scores(own.get(SCORES)), read_holdout(files.rows.get(HOLDOUT))
    profile = _with_scores(profile, task_of(read.task), scores, holdout)
    profile = _with_estimator(profile, read.task, scores, holdout)
    return {
        MODEL: model,
        SIGNATURE: signature,
        GOLDEN: _golden(holdout, model, signature, segments.get(SEGMENTS)),
        PROFILE: profile.to_json(),
        REPORT: own.get(REPORT),
        JUDGEMENT: files.get(JUDGEMENT),
        **segments,
        **({} if explainer is None else {EXPLAINER: explainer}),
    }


def _with_scores(
    profile: ReferenceProfile, task: ServingTask, scores: Outputs, holdout: Sequence[HoldoutRow]
) -> ReferenceProfile:
    """The profile with what the model predicts of the holdout, and its null distributions."""
    profile = profile.with_outputs(task, scores)
    if profile.window_seconds is None and profile.season is None:
        return profile
    times = [row.event_time for row in holdout]
    seconds = np.array([time.timestamp() for time in times if time is not None], dtype=np.int64)
    if len(seconds) != len(scores):  # a run of before rows had a time
        return profile
    watched = watched_columns(task, scores)
    if profile.season is not None:
        season = season_of(profile.season.season, profile.outputs, watched, seconds)
        profile = msgspec.structs.replace(profile, output_season=season)
    return with_output_distributions(profile, watched, seconds)


def _with_estimator(
    profile: ReferenceProfile, spec: TaskSpec, scores: Outputs, holdout: Sequence[HoldoutRow]
) -> ReferenceProfile:
    """The profile with what estimates how well the model does where no outcome is known."""
    if len(holdout) != len(scores):
        return profile
    task = training_task_of(spec)
    labels = task.encode_labels([row.label for row in holdout])
    return msgspec.structs.replace(profile, estimator=estimator_of(task, labels, scores))


def _judged(signature: bytes, judgement: Judgement) -> bytes:
    """The signature with what the holdout shows of it, which no candidate may know."""
    metrics = judgement.chosen.metrics if judgement.chosen else {}
    read = from_json(signature)
    judged = read.task.judged(metrics)
    return signature if judged == read.task else to_json(msgspec.structs.replace(read, task=judged))


def _golden(holdout: Sequence[HoldoutRow], model: bytes, signature: bytes, segments: bytes | None) -> bytes:
    rows = [msgspec.json.decode(row.instance) for row in holdout]
    instances = answerable(signature, choose_instances(from_json(signature), rows))
    answered = zip(instances, probe(model, signature, instances, segments), strict=True)
    golden = [GoldenRequest(instance=instance, outputs=outputs) for instance, outputs in answered]
    return msgspec.json.format(msgspec.json.encode(golden))


def _read_scores(body: bytes) -> Outputs:
    try:
        scores: Outputs = np.load(io.BytesIO(body), allow_pickle=False)
    except ValueError as error:
        raise InvalidModel(f"scores.npy cannot be read: {error}; train the candidate again") from error
    return scores


def _digest(value: object) -> str:
    return sha256(msgspec.json.encode(value, order="deterministic"))
