"""Runs jobs of EMR Serverless as processes of this machine, under their role.

The stock emulator has no EMR Serverless at all.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core import iam_actions, responses
from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

from localcloud.overlay import executions, service_access
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect
from localcloud.overlay.resource_arns import wrap_resource_arns
from localcloud.overlay.spark_jobs import ENDED, Job, JobRunner

SERVICE = "emr-serverless"
PRINCIPAL = "emr-serverless.amazonaws.com"
_TYPE = "AWS::EMRServerless::Application"
_RESOURCE = "arn:aws:states:::emr-serverless:startJobRun"
_POLL_SECONDS = 0.2
_PATH = re.compile(r"/applications/([0-9a-z]+)/jobruns(?:/([0-9a-z]+))?/?")
_jobs: dict[tuple[str, str], Job] = {}
_runners: list[JobRunner] = []


def install(cloud: CloudContext) -> None:
    """Adds the service, its resource type and its integration with Step Functions."""
    _runners[:] = [JobRunner(cloud)]
    expect(app, "SERVICE_HANDLERS")[SERVICE] = _handle
    expect(iam_actions, "SERVICE_TO_IAM_NAMESPACE")[SERVICE] = SERVICE
    wrap_resource_arns(_addressed)
    expect(provisioners, "_RESOURCE_HANDLERS")[_TYPE] = {"create": _create, "delete": _delete}
    expect(stepfunctions, "_ExecutionError")
    expect(stepfunctions, "_SERVICE_DISPATCH")[_RESOURCE] = _run


def end_all() -> None:
    """Cancels every job that runs."""
    for job in _jobs.values():
        job.cancel("The embedded cloud is stopping.")


def application_arn(application: str) -> str:
    """The ARN of an application."""
    account, region = responses.get_account_id(), responses.get_region()
    return f"arn:aws:{SERVICE}:{region}:{account}:/applications/{application}"


def _create(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    if props.get("Type", "").upper() != "SPARK":
        raise ValueError(f"Only applications of type SPARK run here, not {props.get('Type')!r}")
    application = "00" + re.sub(r"[^0-9a-z]", "", f"{stack_name}{logical_id}".lower())[:40]
    return application, {"ApplicationId": application, "Arn": application_arn(application)}


def _delete(physical_id: str, props: dict[str, Any]) -> None:
    return None


def _addressed(extract: Callable[..., str]) -> Callable[..., str]:
    def extract_addressed(service: str, method: str, path: str, *rest: Any) -> str:
        if service != SERVICE:
            return extract(service, method, path, *rest)
        return (
            f"arn:aws:{SERVICE}:{rest[-2]}:{rest[-1]}:{path.rstrip('/')}"
            if _is_run(path)
            else _whole(path, rest)
        )

    return extract_addressed


def _is_run(path: str) -> bool:
    found = _PATH.fullmatch(path)
    return bool(found and found[2])


def _whole(path: str, rest: tuple[Any, ...]) -> str:
    found = _PATH.fullmatch(path)
    return f"arn:aws:{SERVICE}:{rest[-2]}:{rest[-1]}:/applications/{found[1] if found else '*'}"


async def _handle(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Any:
    found = _PATH.fullmatch(path)
    if found is None or (method == "POST") == bool(found[2]):
        return _error("ValidationException", f"{method} {path} is not implemented here", 400)
    if method == "POST":
        try:
            job = start(found[1], json.loads(body or b"{}"))
        except _Refused as refused:
            return _error(refused.kind, str(refused), refused.status)
        return _answer({"applicationId": job.application, "jobRunId": job.run, "arn": job.arn})
    known = _jobs.get((found[1], found[2]))
    if known is None:
        return _error("ResourceNotFoundException", f"JobRun {found[2]} does not exist", 404)
    if method == "DELETE":
        known.cancel("Cancelled by CancelJobRun.")
        return _answer({"applicationId": known.application, "jobRunId": known.run})
    return _answer({"jobRun": known.described()})


class _Refused(Exception):
    def __init__(self, kind: str, message: str, status: int) -> None:
        super().__init__(message)
        self.kind, self.status = kind, status


def start(application: str, request: dict[str, Any]) -> Job:
    """Starts a job, under a role that must trust the service."""
    submit = (request.get("jobDriver") or {}).get("sparkSubmit")
    if not submit or not submit.get("entryPoint"):
        raise _Refused("ValidationException", "jobDriver.sparkSubmit.entryPoint is required", 400)
    role, arn = request.get("executionRoleArn") or "", application_arn(application)
    if not service_access.role_trusts(role, PRINCIPAL, arn):
        raise _Refused("AccessDeniedException", f"The role {role} does not trust {PRINCIPAL}", 403)
    job = _runners[0].start(application, arn, request)
    _jobs[application, job.run] = job
    return job


def _run(resource: str, input_data: dict[str, Any]) -> Any:
    """Runs ``startJobRun`` and ``startJobRun.sync``; a job that fails fails its state."""
    request = stepfunctions._pascal_to_camel(input_data)
    try:
        job = start(str(request.get("applicationId", "")), request)
    except _Refused as refused:
        raise stepfunctions._ExecutionError(f"EMRServerless.{refused.kind}", str(refused)) from refused
    if not resource.rstrip("/").endswith(".sync"):
        return {"ApplicationId": job.application, "JobRunId": job.run, "Arn": job.arn}
    while job.state not in ENDED:
        if (reason := executions.must_stop()) is not None:
            # StopExecution and the time limit of a .sync state cancel its job, as on AWS.
            job.cancel(reason)
            executions.leave(reason)
        time.sleep(_POLL_SECONDS)
    described = {key[:1].upper() + key[1:]: value for key, value in job.described().items()}
    if job.state != "SUCCESS":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(described))
    return described


def _answer(document: dict[str, Any]) -> Any:
    return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()


def _error(kind: str, message: str, status: int) -> Any:
    headers = {"Content-Type": "application/json", "x-amzn-errortype": kind}
    return status, headers, json.dumps({"message": message}).encode()
