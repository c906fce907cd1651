"""Invocations of functions: routed by alias weight, logged and counted.

The stock emulator ignores alias weights, opens a log stream per invocation, and counts invocations only when they
come through the Invoke API, without the Resource and ExecutedVersion dimensions that a canary is judged by.
"""

from __future__ import annotations

import contextvars
import random
import time
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc

from localcloud.overlay import log_ingestion, metrics, service_access, workers
from localcloud.overlay.context import CloudContext
from localcloud.overlay.execution_environment import log_group_name
from localcloud.overlay.patching import expect, replace, wrap

_MIB = 1024 * 1024
# Function name and alias of the invocation that came through the Invoke API: the emulator passes on versions only.
_invoked_alias: contextvars.ContextVar[tuple[str, str] | None] = contextvars.ContextVar(
    "invoked_alias", default=None
)


def install(cloud: CloudContext) -> None:
    """Routes, runs, logs and counts invocations."""
    _weigh_aliases()
    dispatch = expect(
        lambda_svc,
        "_execute_function_dispatch",
        params="func,config,event,request_id,started",
        contains=("_emit_lambda_logs",),
    )

    def execute(
        func: dict[str, Any], config: dict[str, Any], event: Any, request_id: str, started: float
    ) -> Any:
        alias = invoked_alias(func)
        if not workers.runs_here(config):
            result = dispatch(func, config, event, request_id, started)
            result.setdefault("duration_ms", (time.time() - started) * 1000)
        else:
            invoked = {**config, "FunctionArn": _invoked_arn(config, alias)}
            result = workers.run(func, invoked, event, request_id)
            _write_log(config, request_id, result)
        _count(config, alias, result)
        return result

    replace(lambda_svc, "_execute_function_dispatch", execute)
    wrap(
        lambda_svc, "_emit_lambda_metrics", _only_throttles, params="function_name,duration_ms,error,throttle"
    )


def pick_version(alias: dict[str, Any]) -> str:
    """Draws the version of one invocation by the alias's routing weights."""
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    draw = random.random()  # noqa: S311 (traffic is split, nothing is kept secret)
    for version, weight in weights.items():
        draw -= float(weight)
        if draw < 0:
            return str(version)
    return str(alias.get("FunctionVersion", "$LATEST"))


def _weigh_aliases() -> None:
    by_reference = expect(lambda_svc, "_get_func_record_for_ref", params="function_ref")
    base_of = expect(lambda_svc, "_get_base_func_record_for_ref", params="function_ref")
    by_qualifier = expect(lambda_svc, "_effective_func_record_for_qualifier", params="func,qualifier")

    def record_for(function_ref: str) -> Any:
        record, config, name = by_reference(function_ref)
        qualifier = function_ref.rsplit(":", 1)[-1] if ":" in function_ref else ""
        base, _, _ = base_of(function_ref)
        alias = ((base or {}).get("aliases") or {}).get(qualifier)
        if record is None or alias is None:
            return record, config, name
        record, config = by_qualifier(base, pick_version(alias))
        if record is None:
            return None, None, name
        return {**record, "invoked_alias": qualifier}, config, name

    replace(lambda_svc, "_get_func_record_for_ref", record_for)
    wrap(lambda_svc, "_invoke", _by_weight, params="name,event,headers,path_qualifier,query_params")


def _by_weight(invoke: Callable[..., Any]) -> Callable[..., Any]:
    async def invoke_alias(
        name: str,
        event: Any,
        headers: dict[str, str],
        path_qualifier: str | None = None,
        query_params: Any = None,
    ) -> Any:
        qualifier = path_qualifier or lambda_svc._qp_first(query_params or {}, "Qualifier")
        alias = ((lambda_svc._functions.get(name) or {}).get("aliases") or {}).get(qualifier)
        if alias is None:
            return await invoke(name, event, headers, path_qualifier, query_params)
        _invoked_alias.set((name, qualifier))
        return await invoke(name, event, headers, pick_version(alias), query_params)

    return invoke_alias


def invoked_alias(func: dict[str, Any]) -> str | None:
    """The alias through which a function is being invoked, or None."""
    if found := func.get("invoked_alias"):
        return str(found)
    name = (func.get("config") or func).get("FunctionName")
    from_api = _invoked_alias.get()
    return from_api[1] if from_api is not None and from_api[0] == name else None


def _invoked_arn(config: dict[str, Any], alias: str | None) -> str:
    arn = str(config["FunctionArn"])
    return ":".join([*arn.split(":")[:7], alias]) if alias else arn


def _write_log(config: dict[str, Any], request_id: str, result: dict[str, Any]) -> None:
    version = config.get("Version", "$LATEST")
    memory = config.get("MemorySize", 128)
    lines = [f"START RequestId: {request_id} Version: {version}", *log_ingestion.events_of(result["log"])]
    if result.get("error") and "stackTrace" not in result["body"]:
        lines.append(f"{result['body']['errorType']} {result['body']['errorMessage']}")
    report = (
        f"REPORT RequestId: {request_id}\tDuration: {result['duration_ms']:.2f} ms\t"
        f"Billed Duration: {int(result['duration_ms']) + 1} ms\tMemory Size: {memory} MB\t"
        f"Max Memory Used: {result['peak_bytes'] // _MIB} MB\t"
    )
    if result["init_ms"]:
        report += f"Init Duration: {result['init_ms']:.2f} ms\t"
    lines += [f"END RequestId: {request_id}", report]
    result["log"] = "\n".join(lines) + "\n"
    group, stream = log_group_name(config), result["log_stream"]
    if _may_log(config, group, stream):
        log_ingestion.append(group, stream, lines)


def _may_log(config: dict[str, Any], group: str, stream: str) -> bool:
    """Whether the role may write logs; without the permission they are lost, as on AWS."""
    prefix = ":".join(config["FunctionArn"].split(":")[3:5])
    arn = f"arn:aws:logs:{prefix}:log-group:{group}"
    if group not in cloudwatch_logs._log_groups and not service_access.role_allows(
        config["Role"], "logs:CreateLogGroup", arn
    ):
        return False
    return service_access.role_allows(config["Role"], "logs:PutLogEvents", f"{arn}:log-stream:{stream}")


def _count(config: dict[str, Any], alias: str | None, result: dict[str, Any]) -> None:
    """``AWS/Lambda`` metrics in the dimension sets AWS publishes them in."""
    name = config.get("FunctionName", "unknown")
    version = str(config.get("Version", "$LATEST"))
    resource = alias or (version if version != "$LATEST" else None)
    by_resource = {"FunctionName": name, "Resource": f"{name}:{resource}" if resource else name}
    sets = [{"FunctionName": name}, by_resource]
    if alias:
        sets.append({**by_resource, "ExecutedVersion": version})
    failed = 1 if result.get("error") else 0
    for dimensions in sets:
        metrics.record("AWS/Lambda", "Invocations", 1, "Count", dimensions)
        metrics.record("AWS/Lambda", "Errors", failed, "Count", dimensions)
        metrics.record("AWS/Lambda", "Duration", result["duration_ms"], "Milliseconds", dimensions)


def _only_throttles(emit: Callable[..., None]) -> Callable[..., None]:
    def emit_throttle(function_name: str, duration_ms: float, error: object, throttle: object) -> None:
        if throttle:
            metrics.record("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function_name})

    return emit_throttle
