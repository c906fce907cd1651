"""Jobs of batches at a place: how a file gets there, and how far its job is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.adapters.aws.clients import translated
from keepfit.errors import Conflict, NotFound, RefusedUpload
from keepfit.features.io.formats import MAX_UPLOAD_BYTES
from keepfit.instants import now
from keepfit.layout import ModelScope
from keepfit.training.runs.event_routing import batch_job_id

WISHES: Final = "keepfit-batch"
"""The metadata of an object that says what is asked besides; see ``serving.batch.job``."""

_SUMMARY, _REFUSAL, _PLAN, _PARTS = "summary.json", "refusal.json", "plan.json", "parts.json"
_OVER: Final = ("FAILED", "TIMED_OUT", "ABORTED")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is.

    ``state`` is planning, scoring, done, incomplete where parts could not be read, refused, or failed; ``done`` of
    ``parts`` are scored. ``summary`` is there at the end, and ``reason`` where it came to nothing.
    """

    job: str
    state: str
    file: str | None = None
    version: int | None = None
    started_at: str | None = None
    done: int = 0
    parts: int | None = None
    results: str
    summary: dict[str, Any] | None = None
    reason: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.state not in ("planning", "scoring")


def submit(deployment: Deployment, model: str, source: str, wishes: Mapping[str, Any]) -> str:
    """Puts a file, or a copy of an object of S3, where its job begins by itself; the id of the job.

    Raises:
        CommandError: there is no such file.
        RefusedUpload: it is too large.
    """
    deployment.model(model)
    name = source.rstrip("/").rpartition("/")[2]
    bucket, key = deployment.platform("IntakeBucket"), f"{ModelScope(model).batch_jobs}{name}"
    s3 = deployment.place.client("s3")
    said = {"Bucket": bucket, "Key": key, "Metadata": {WISHES: json.dumps(dict(wishes))}}
    with translated(source):
        if source.startswith("s3://"):
            of, _, object_key = source.removeprefix("s3://").partition("/")
            answer = s3.copy_object(
                CopySource={"Bucket": of, "Key": object_key}, MetadataDirective="REPLACE", **said
            )
        else:
            path = Path(source)
            if not path.is_file():
                raise CommandError(f"{source} is no file", Exit.NOT_FOUND)
            if path.stat().st_size > MAX_UPLOAD_BYTES:
                limit = MAX_UPLOAD_BYTES / 2**30
                raise RefusedUpload(f"{path} is larger than {limit:g} GiB; split it into several files")
            with path.open("rb") as body:
                answer = s3.put_object(Body=body, **said)
    return batch_job_id(key, str(answer.get("VersionId", "null")))


def jobs_of(deployment: Deployment, model: str) -> list[Job]:
    """The jobs of a model, the newest first."""
    deployment.model(model)
    prefix = ModelScope(model).batch_jobs
    ids = dict.fromkeys(key.removeprefix(prefix).partition("/")[0] for key in deployment.lake.list(prefix))
    found = [job_of(deployment, model, each) for each in ids]
    return sorted(found, key=lambda each: each.started_at or "", reverse=True)


def job_of(deployment: Deployment, model: str, job: str) -> Job:
    """The state of a job; one that left no trace yet is being planned."""
    folder = ModelScope(model).batch_job(job)
    names = [key.removeprefix(folder) for key in deployment.lake.list(folder)]
    results = f"s3://{deployment.platform('LakeBucket')}/{folder}"
    plan = _read(deployment, folder + _PLAN) if _PLAN in names else None
    if plan is None and _REFUSAL in names:
        refusal = _read(deployment, folder + _REFUSAL)
        file, reason = refusal["request"]["key"], refusal["reason"]
        return Job(
            job=job, state="refused", file=file, started_at=refusal["at"], results=results, reason=reason
        )
    if plan is None:
        early: dict[str, Any] = {"state": "planning", **_failed(deployment, job)}
        return Job(job=job, results=results, **early)
    known = {"file": plan["request"]["key"], "version": plan["version"], "started_at": plan["started_at"]}
    parts, scored = (
        len(plan["parts"]),
        [name for name in names if name.startswith("part-") and name.endswith(".json")],
    )
    if _SUMMARY in names:
        summary = _read(deployment, folder + _SUMMARY)
        state = "incomplete" if summary["unread"] else "done"
        return Job(
            job=job, state=state, done=len(scored), parts=parts, results=results, summary=summary, **known
        )
    more: dict[str, Any] = {"state": "scoring", **known, **_failed(deployment, job)}
    return Job(job=job, done=len(scored), parts=parts, results=results, **more)


def resume(deployment: Deployment, model: str, job: str) -> None:
    """Runs a job again, which scores what is missing.

    Raises:
        NotFound: it was never planned.
    """
    folder = ModelScope(model).batch_job(job)
    try:
        request = _read(deployment, folder + _PLAN)["request"]
    except NotFound:
        raise NotFound(f"the job {job} of {model} was never planned; give its file again") from None
    started = deployment.place.client("stepfunctions")
    with translated(f"the job {job}"):
        started.start_execution(
            stateMachineArn=deployment.platform("BatchMachine"),
            name=f"{job}-{now():%Y%m%dT%H%M%S}",
            input=json.dumps(request),
        )


def _failed(deployment: Deployment, job: str) -> dict[str, Any]:
    """What ended the execution of a job that wrote no summary, if anything did."""
    machine = deployment.platform("BatchMachine")
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{job}"
    try:
        with translated(f"the execution of {job}"):
            found = deployment.place.client("stepfunctions").describe_execution(executionArn=arn)
    except (NotFound, Conflict):
        return {}
    if found["status"] not in _OVER:
        return {}
    return {"state": "failed", "reason": found.get("cause") or found["status"].lower()}


def _read(deployment: Deployment, key: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(deployment.lake.get(key))
    return read
