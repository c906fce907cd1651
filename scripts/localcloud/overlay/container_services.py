"""ECS services behind a load balancer: a port for each task, requests for healthy ones.

On one machine all tasks have one address, so that the port that a task definition names can be one task's alone: a task
is told another one as PORT. The stock emulator registers tasks by their address, whether they answer or not, and ends
them while they are still being asked.
"""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from typing import Any

from ministack.core import iam_actions
from ministack.services import alb, ecs

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace, wrap
from localcloud.overlay.resource_arns import wrap_resource_arns

_ADDRESS = "127.0.0.1"
_HEALTHY_WITHIN_S = 60.0
_POLL_S = 0.1
# What was forwarded just before a task was taken out gets there.
_DRAINS_S = 0.3
_ports: dict[str, int] = {}
_healthy: set[str] = set()


def install(cloud: CloudContext) -> None:
    """Gives tasks ports, registers healthy ones, and ends them after they were taken out."""
    wrap(ecs, "_build_run_kwargs", _with_port)  # as fargate has wrapped it
    wrap(ecs, "_mark_task_running", _once_healthy, params="task_arn,task")
    wrap(ecs, "_cleanup_task_resources", _drained, params="task,docker_client,extra_container")
    replace(
        ecs,
        "_sync_service_targets",
        _register_targets,
        params="cluster_name,svc",
        contains=("set_targets_for_group",),
    )
    expect(ecs, "_task_is_active", params="task_arn,task")
    expect(alb, "_targets")
    wrap_resource_arns(_about_services)


def _with_port(build: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def build_run_kwargs(
        cdef: dict[str, Any], td: dict[str, Any], env: dict[str, str], *rest: Any
    ) -> dict[str, Any]:
        task_arn = rest[4]
        task = ecs._tasks.get(task_arn) or {}
        if cdef.get("portMappings") and str(task.get("group", "")).startswith("service:"):
            _ports[task_arn] = _free_port()
            env = {**env, "PORT": str(_ports[task_arn])}
        return build(cdef, td, env, *rest)

    return build_run_kwargs


def _free_port() -> int:
    with closing(socket.create_server((_ADDRESS, 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


def _once_healthy(mark: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a task as running once it is healthy."""

    def mark_running(task_arn: str, task: dict[str, Any]) -> Any:
        if task_arn in _ports and _becomes_healthy(task_arn, task):
            _healthy.add(task_arn)
        return mark(task_arn, task)

    return mark_running


def _becomes_healthy(task_arn: str, task: dict[str, Any]) -> bool:
    path, deadline = _health_path(task), time.monotonic() + _HEALTHY_WITHIN_S
    docker = ecs._get_docker()
    while time.monotonic() < deadline and ecs._task_is_active(task_arn, task):
        if _answers(_ports[task_arn], path):
            return True
        containers = [docker.containers.get(each) for each in task.get("_docker_ids") or []]
        if any(each.status == "exited" for each in containers):
            return False
        time.sleep(_POLL_S)
    return False


def _health_path(task: dict[str, Any]) -> str:
    service = _service_of(task)
    groups = [each.get("targetGroupArn") for each in (service or {}).get("loadBalancers") or []]
    paths = [alb._tgs[each]["HealthCheckPath"] for each in groups if each in alb._tgs]
    return paths[0] if paths else "/"


def _service_of(task: dict[str, Any]) -> dict[str, Any] | None:
    cluster = task["clusterArn"].rsplit("/", 1)[-1]
    found: dict[str, Any] | None = ecs._services.get(f"{cluster}/{task['group'].partition(':')[2]}")
    return found


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(_ADDRESS, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _register_targets(cluster_name: str, svc: dict[str, Any]) -> None:
    """Registers the service's healthy tasks in its target groups, which no other service has."""
    group, active = f"service:{svc.get('serviceName')}", svc.get("status") == "ACTIVE"
    targets = [
        {"Id": _ADDRESS, "Port": _ports[arn]}
        for arn, task in list(ecs._tasks.items())
        if active
        and task.get("group") == group
        and task.get("clusterArn") == svc.get("clusterArn")
        and task.get("lastStatus") == "RUNNING"
        and arn in _healthy
        and arn in _ports
    ]
    for each in svc.get("loadBalancers") or []:
        if each.get("targetGroupArn") in alb._tgs:
            alb._targets[each["targetGroupArn"]] = list(targets)


def _drained(clean_up: Callable[..., Any]) -> Callable[..., Any]:
    def cleanup_task_resources(task: dict[str, Any], *rest: Any) -> Any:
        arn = task.get("taskArn", "")
        if arn in _healthy:
            _healthy.discard(arn)
            time.sleep(_DRAINS_S)
        done = clean_up(task, *rest)
        _ports.pop(arn, None)
        return done

    return cleanup_task_resources


def _about_services(extract: Callable[..., str]) -> Callable[..., str]:
    """A request about a service is about that, and not about its cluster."""

    @wraps(extract)  # with its signature, which others look at
    def extract_about_services(service: str, *request: Any) -> str:
        arn = extract(service, *request)
        body, region, account = request[3], request[-2], request[-1]
        if service != "ecs" or ":cluster/" not in arn:
            return arn
        named = (
            iam_actions._safe_json_field(body, "service")
            or (iam_actions._safe_json_field(body, "services") or [None])[0]
        )
        if not named or str(named).startswith("arn:"):
            return named or arn
        return f"arn:aws:ecs:{region}:{account}:service/{arn.rpartition('/')[2]}/{named}"

    return extract_about_services
