"""Runs Lambda functions in isolated interpreters, as on AWS.

The stock emulator runs them with its own interpreter, packages and environment, so a missing dependency passes;
it unpacks every layer for every worker, loses the names of exceptions, enforces no memory limit, ends a worker
after each exception, keeps one for every version for ever, and waits up to 50 ms for log lines on every invocation.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from ministack.core import lambda_runtime, responses
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from localcloud.managed_sdk import sdk_folder
from localcloud.overlay.context import CloudContext
from localcloud.overlay.execution_environment import ExecutionEnvironment, hexadecimal, layer_place
from localcloud.overlay.image_functions import is_image
from localcloud.overlay.patching import expect, replace, wrap
from localcloud.unpacked import UnpackedCache

# So many environments may wait for work; beyond that the one that waited longest ends.
_MAX_IDLE = 16


def install(cloud: CloudContext) -> None:
    """Runs Python functions in environments of this package, and unpacks layers when published."""
    expect(lambda_runtime, "acquire_worker", params="func_name,config,code_zip,qualifier,max_concurrency")
    expect(lambda_runtime, "release_worker", params="worker")
    expect(lambda_runtime, "reset", contains=("kill_workers(doomed)",))
    expect(lambda_runtime, "execution_credentials", params="config", contains=("sts_svc.register_session",))
    expect(lambda_svc, "_resolve_layer_zip", params="attachment")
    expect(lambda_svc, "_find_layer_version", contains=("include_deleted",))
    expect(responses, "request_scope", params="account_id,region")
    ExecutionEnvironment.cloud = cloud
    ExecutionEnvironment.cache = UnpackedCache(cloud.folders.unpacked)
    ExecutionEnvironment.sdk = sdk_folder(cloud.folders.state / "managed-sdk")
    wrap(lambda_runtime, "_worker_class_for", _choosing, params="config")
    wrap(lambda_runtime, "kill_workers", _retiring, params="workers")
    _unpack_on_publish()


def runs_here(config: dict[str, Any]) -> bool:
    """Whether this overlay runs a function: Python code from a zip file, or a container image."""
    python = is_image(config) or str(config.get("Runtime", "")).startswith("python")
    return python and not (config.get("DurableConfig") or {}).get("Enabled")


def run(function: dict[str, Any], config: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Runs one invocation in a leased environment.

    Returns:
        The emulator's result document, with ``log``, ``log_stream``, ``duration_ms``, ``init_ms``, ``peak_bytes``.
    """
    lambda_svc._ensure_reaper_thread()
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    environment, how = lambda_runtime.acquire_worker(
        name, config, function.get("code_zip"), qualifier=version
    )
    if how == "spawn":
        _end_surplus()
    try:
        reply, took, init = environment.invoke(json.dumps(event).encode(), request_id, config["FunctionArn"])
    finally:
        environment.last_used = time.time()
        lambda_runtime.release_worker(environment)
    document = {
        "log": reply.log,
        "log_stream": environment.log_stream,
        "duration_ms": took * 1000,
        "init_ms": init * 1000,
        "peak_bytes": reply.peak_bytes,
    }
    if reply.error is None:
        return {"body": reply.result, **document}
    body = _error_body(reply.error, request_id, float(config.get("Timeout", 3)))
    return {"body": body, "error": True, "function_error": "Unhandled", **document}


def end_all() -> None:
    """Ends every environment and its invocation."""
    with lambda_runtime._lock:
        environments = [each for entries in lambda_runtime._workers.values() for each in entries]
    for environment in environments:
        if isinstance(environment, ExecutionEnvironment):
            environment.end()
    lambda_runtime.reset()


def _choosing(choose: Callable[..., Any]) -> Callable[..., Any]:
    def worker_class(config: dict[str, Any]) -> Any:
        return ExecutionEnvironment if runs_here(config) else choose(config)

    return worker_class


def _retiring(kill: Callable[..., None]) -> Callable[..., None]:
    def kill_workers(workers: Iterable[Any]) -> None:
        others = []
        for worker in workers:
            if isinstance(worker, ExecutionEnvironment):
                worker.retire()
            else:
                others.append(worker)
        kill(others)

    return kill_workers


def _end_surplus() -> None:
    with lambda_runtime._lock:
        pools = lambda_runtime._workers
        idle = [each for entries in pools.values() for each in entries if not each.in_use]
        surplus = sorted(idle, key=lambda each: each.last_used)[: max(0, len(idle) - _MAX_IDLE)]
        for key in [key for key, entries in pools.items() if any(each in surplus for each in entries)]:
            pools[key] = [each for each in pools[key] if each not in surplus]
    lambda_runtime.kill_workers(surplus)


def _error_body(error: dict[str, Any], request_id: str, timeout: float) -> dict[str, Any]:
    kind, message = error["errorType"], error["errorMessage"]
    if kind == "Sandbox.Timedout":
        message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
    elif "stackTrace" not in error:
        message = f"RequestId: {request_id} Error: {message}"
    body = {"errorMessage": message, "errorType": kind}
    if "stackTrace" in error:
        body |= {"requestId": request_id, "stackTrace": error["stackTrace"]}
    return body


def _unpack_on_publish() -> None:
    publish = expect(lambda_svc, "_publish_layer_version", params="layer_name,data", contains=("_zip_data",))
    create = expect(
        provisioners, "_lambda_layer_create", params="logical_id,props,stack_name", contains=("_zip_data",)
    )

    def publish_layer_version(layer_name: str, data: dict[str, Any]) -> Any:
        answer = publish(layer_name, data)
        if answer[0] == 201:
            _unpack_soon(lambda_svc._layers[layer_name]["versions"][-1])
        return answer

    def create_layer(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        arn, attributes = create(logical_id, props, stack_name)
        version, _ = lambda_svc._find_layer_version(*layer_place(arn))
        if not version["_zip_data"]:
            raise ValueError(f"AWS::Lambda::LayerVersion: no object at {props.get('Content')}")
        _unpack_soon(version)
        return arn, attributes

    replace(lambda_svc, "_publish_layer_version", publish_layer_version)
    provisioners._RESOURCE_HANDLERS["AWS::Lambda::LayerVersion"]["create"] = create_layer


def _unpack_soon(version: dict[str, Any]) -> None:
    """Unpacks a layer during the deployment, so that the first cold start need not."""
    digest, archive = hexadecimal(version["Content"]["CodeSha256"]), version["_zip_data"]
    work = threading.Thread(target=ExecutionEnvironment.cache.folder, args=(digest, archive), daemon=True)
    work.start()
