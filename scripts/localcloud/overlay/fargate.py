"""Runs Fargate tasks as processes of the image asset, under their task role.

A task's failure fails its state.

The stock emulator, without Docker, leaves a task RUNNING for ever; with it, a task that exits with an error counts
as a success of ``ecs:runTask.sync``, whose result has the wrong shape, and whose time limits leave it running.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from ministack.services import ecs, stepfunctions, sts

from localcloud.images import ImageStore
from localcloud.overlay import executions, service_access, spot
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace, wrap
from localcloud.process_docker import ProcessDocker

_POLL_SECONDS = 0.1
_MIB = 1024 * 1024
_ENDED_BY_OTHERS = ("TaskFailedToStart", "UserInitiated", "SpotInterruption")


def install(cloud: CloudContext) -> None:
    """Replaces Docker by processes, and the ``.sync`` poll by AWS's rules."""
    expect(ecs, "_get_docker", params="", contains=("_docker is None",))
    docker = ProcessDocker(ImageStore(cloud.folders.images), cloud.folders.scratch, cloud.children)
    replace(ecs, "_docker", docker)
    wrap(
        ecs,
        "_build_run_kwargs",
        lambda build: _with_task_role(build, cloud),
        params="cdef,td,env,port_bindings,ecs_network,host_mode,task_id,task_arn,ministack_net_ip,cluster_arn",
    )
    wrap(ecs, "_mark_task_stopped", spot.interrupted, params="task_arn,task,reason,stop_code,exit_code")
    expect(stepfunctions, "_ExecutionError")
    replace(
        stepfunctions,
        "_invoke_ecs_run_task",
        _run_task,
        params="resource,input_data",
        contains=("_poll_ecs_tasks",),
    )


def end_all() -> None:
    """Ends every running task."""
    for container in ecs._docker.containers.list():
        container.kill()


def _with_task_role(
    build: Callable[..., dict[str, Any]], cloud: CloudContext
) -> Callable[..., dict[str, Any]]:
    def build_run_kwargs(
        cdef: dict[str, Any], td: dict[str, Any], env: dict[str, str], *rest: Any
    ) -> dict[str, Any]:
        task_id, task_arn = rest[3], rest[4]
        region = task_arn.split(":")[3]
        environment = {
            key: value for key, value in env.items() if not key.startswith(("AWS_CONTAINER_", "ECS_"))
        }
        environment |= {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": cloud.inner_url,
            "AWS_CA_BUNDLE": str(cloud.certificates.authority),
            **role_credentials(td.get("taskRoleArn"), task_id, task_arn, cloud.account),
        }
        _require_execution_role(cdef, td, task_arn)
        kwargs = build(cdef, td, environment, *rest)
        # The architecture is this machine's, whatever the definition says; asking for one only delays the start.
        kwargs.pop("platform", None)
        memory = cdef.get("memory") or td.get("memory")
        if memory:
            kwargs["mem_limit"] = int(memory) * _MIB
        return kwargs

    return build_run_kwargs


def _require_execution_role(cdef: dict[str, Any], td: dict[str, Any], task_arn: str) -> None:
    """Refuses to start a task whose execution role may not pull its image or write its log."""
    role = td.get("executionRoleArn") or ""
    region, account = task_arn.split(":")[3:5]
    needs = []
    if ".dkr.ecr." in cdef["image"]:
        repository = cdef["image"].split("/", 1)[1].rsplit(":", 1)[0].split("@")[0]
        needs.append(("ecr:BatchGetImage", f"arn:aws:ecr:{region}:{account}:repository/{repository}"))
        needs.append(("ecr:GetAuthorizationToken", "*"))
    group = ((cdef.get("logConfiguration") or {}).get("options") or {}).get("awslogs-group")
    if group:
        needs.append(
            ("logs:PutLogEvents", f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:any")
        )
    for action, resource in needs:
        if not service_access.role_allows(role, action, resource):
            raise PermissionError(service_access.refusal(role, action, resource))


def role_credentials(role_arn: str | None, task_id: str, task_arn: str, account: str) -> dict[str, str]:
    """Credentials of a session of a task's or a job's role; none when there is no role."""
    if not role_arn:
        return {}
    role = role_arn.rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"{task_arn}:{time.time_ns()}".encode()).hexdigest()
    key, secret = f"ASIA{digest[:16].upper()}", hashlib.sha256(f"secret:{digest}".encode()).hexdigest()
    token = hashlib.sha256(f"token:{digest}".encode()).hexdigest()
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{task_id}",
        "UserId": f"{role}:{task_id}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    sts.register_session(key, session)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def _run_task(resource: str, input_data: dict[str, Any]) -> Any:
    """Runs ``ecs:runTask`` and ``ecs:runTask.sync``; a failed task fails its state."""
    request = stepfunctions._pascal_to_camel(input_data)
    status, _, body = ecs._run_task(request)
    answer = json.loads(body) if body else {}
    if status >= 400:
        kind = str(answer.get("__type", "ECSException")).rsplit("#", 1)[-1]
        raise stepfunctions._ExecutionError(f"ECS.{kind}", answer.get("message", json.dumps(answer)))
    if not resource.rstrip("/").endswith(".sync"):
        return _pascal(answer)
    return _await_task(request.get("cluster", "default"), answer["tasks"][0]["taskArn"])


def _await_task(cluster: str, arn: str) -> Any:
    while True:
        _, _, body = ecs._describe_tasks({"cluster": cluster, "tasks": [arn]})
        task = json.loads(body)["tasks"][0]
        if task["lastStatus"] == "STOPPED":
            break
        if (reason := executions.must_stop()) is not None:
            # StopExecution and the time limit of a .sync state stop its task, as on AWS.
            ecs._stop_task({"cluster": cluster, "task": arn, "reason": reason})
            executions.leave(reason)
        time.sleep(_POLL_SECONDS)
    result = _pascal(task)
    failed = task.get("stopCode") in _ENDED_BY_OTHERS
    if failed or any(container.get("exitCode") for container in task["containers"]):
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(result))
    return result


def _pascal(value: Any) -> Any:
    if isinstance(value, list):
        return [_pascal(each) for each in value]
    if isinstance(value, dict):
        return {
            key[:1].upper() + key[1:]: _pascal(each) for key, each in value.items() if not key.startswith("_")
        }
    return value
