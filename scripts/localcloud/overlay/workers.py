"""Lambda functions run in isolated interpreters, as on AWS.

The stock emulator runs them with its own interpreter, packages and environment, so a missing dependency passes;
it unpacks every layer for every worker, loses the names of exceptions, enforces no memory limit, ends a worker
after each exception, and waits up to 50 ms for log lines on every invocation.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, cast

from ministack.core import lambda_runtime, responses
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from localcloud.host_process import kill_group
from localcloud.managed_sdk import sdk_folder
from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, replace
from localcloud.overlay.worker_process import Reply, WorkerProcess
from localcloud.unpacked import UnpackedCache

# AWS gives the import of the handler 10 s, and then runs it again within the function's own timeout.
_INIT_SECONDS = 10.0
_MIB = 1024 * 1024


class _GroupHandle:
    """What the emulator's pool uses to end a worker, for a whole process group."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def poll(self) -> int | None:
        return self._process.poll()

    def terminate(self) -> None:
        kill_group(self._process.pid)

    kill = terminate

    def wait(self, timeout: float | None = None) -> int:
        return self._process.wait(timeout)


class PythonWorker:
    """One execution environment in the emulator's pool, which relies on the public and underscored names here."""

    cloud: CloudContext
    cache: UnpackedCache
    sdk: Path

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self.func_name = func_name
        self.config = config
        self.code_zip = code_zip
        self.in_use = False
        self.last_used = time.time()
        self.log_stream = _log_stream_name(config)
        self._lock = threading.Lock()
        self._cold = True
        self._proc: _GroupHandle | None = None
        self._worker: WorkerProcess | None = None
        self._folder: Path | None = None

    def invoke(self, event: bytes, request_id: str, arn: str) -> tuple[Reply, float, float]:
        """Run the handler once.

        Returns:
            The reply, the seconds the handler took, and the seconds of initialisation (0 when it was warm).
        """
        with self._lock:
            timeout = float(self.config.get("Timeout", 3))
            init = 0.0
            if self._worker is None or self._proc is None or self._worker.process.poll() is not None:
                started = time.monotonic()
                failed = self._spawn(timeout + _INIT_SECONDS)
                init = time.monotonic() - started
                if failed is not None:
                    return failed, init, init
            worker = cast(WorkerProcess, self._worker)
            meta = {
                "request_id": request_id,
                "arn": arn,
                "deadline": time.time() + timeout,
                "trace": _trace_id(),
            }
            started = time.monotonic()
            reply = worker.invoke(event, meta, timeout)
            took = time.monotonic() - started
            if reply.lost:
                self._close()
            return reply, took, init

    def _spawn(self, seconds: float = _INIT_SECONDS) -> Reply | None:
        """Start the interpreter; the reply that says why the handler cannot be imported, or None."""
        self._close()
        self.cloud.folders.scratch.mkdir(parents=True, exist_ok=True)
        self._folder = Path(
            tempfile.mkdtemp(prefix=f"{self.func_name[:40]}-", dir=self.cloud.folders.scratch)
        )
        worker = WorkerProcess.start(
            paths={
                "code": str(self._code_folder()),
                "layers": [str(folder) for folder in self._layer_folders()],
                "sdk": str(self.sdk),
            },
            environment=self._environment(),
            folder=self._folder,
            memory_limit=int(self.config.get("MemorySize", 128)) * _MIB,
            children=self.cloud.children,
        )
        self._worker, self._proc = worker, _GroupHandle(worker.process)
        reply = worker.initialise(seconds)
        self._cold = False
        if reply.error is None:
            return None
        self._close()
        return reply

    def _close(self) -> None:
        if self._worker is not None:
            self._worker.close()
        self._worker = self._proc = None
        self._discard_tmpdir()

    def _discard_tmpdir(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """End the environment."""
        self._close()

    def _code_folder(self) -> Path:
        return self.cache.folder(_hex(self.config["CodeSha256"]), self.code_zip)

    def _layer_folders(self) -> list[Path]:
        folders = []
        for attached in self.config.get("Layers") or []:
            arn = attached if isinstance(attached, str) else attached["Arn"]
            archive = lambda_svc._resolve_layer_zip(attached)
            if archive is None:
                raise RuntimeError(f"The layer {arn} has no content.")
            version, _ = lambda_svc._find_layer_version(*_layer_place(arn), include_deleted=True)
            folders.append(self.cache.folder(_hex(version["Content"]["CodeSha256"]), archive))
        return folders

    def _environment(self) -> dict[str, str]:
        """The whole environment: nothing of the developer's machine but where programs are."""
        config = self.config
        name, arn = config["FunctionName"], config["FunctionArn"]
        region = arn.split(":")[3]
        own = (config.get("Environment") or {}).get("Variables") or {}
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.cloud.inner_url,
            "AWS_CA_BUNDLE": str(self.cloud.certificates.authority),
            # Custom resources answer CloudFormation over plain urllib.
            "SSL_CERT_FILE": str(self.cloud.certificates.bundle),
            **{key: str(value) for key, value in own.items()},
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **lambda_runtime.execution_credentials(config),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.13')}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_FUNCTION_VERSION": str(config.get("Version", "$LATEST")),
            "AWS_LAMBDA_LOG_GROUP_NAME": log_group_name(config),
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "LAMBDA_TASK_ROOT": str(self._code_folder()),
            "_HANDLER": config.get("Handler", "index.handler"),
        }


def log_group_name(config: dict[str, Any]) -> str:
    """The log group that a function writes to."""
    configured = (config.get("LoggingConfig") or {}).get("LogGroup")
    return configured or f"/aws/lambda/{config['FunctionName']}"


def runs_here(config: dict[str, Any]) -> bool:
    """Whether a function is one that this overlay runs: Python code from a zip file."""
    python = str(config.get("Runtime", "")).startswith("python") and config.get("PackageType", "Zip") == "Zip"
    return python and not (config.get("DurableConfig") or {}).get("Enabled")


def run(function: dict[str, Any], config: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Run one invocation in a leased environment.

    Returns:
        The emulator's result document, with ``log``, ``log_stream``, ``duration_ms``, ``init_ms``, ``peak_bytes``.
    """
    lambda_svc._ensure_reaper_thread()
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    worker, _ = lambda_runtime.acquire_worker(name, config, function.get("code_zip"), qualifier=version)
    try:
        reply, took, init = worker.invoke(json.dumps(event).encode(), request_id, config["FunctionArn"])
    finally:
        worker.last_used = time.time()
        lambda_runtime.release_worker(worker)
    document = {
        "log": reply.log,
        "log_stream": worker.log_stream,
        "duration_ms": took * 1000,
        "init_ms": init * 1000,
        "peak_bytes": reply.peak_bytes,
    }
    if reply.error is None:
        return {"body": reply.result, **document}
    body = _error_body(reply.error, request_id, float(config.get("Timeout", 3)))
    return {"body": body, "error": True, "function_error": "Unhandled", **document}


def end_all() -> None:
    """End every environment."""
    lambda_runtime.reset()


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


def _log_stream_name(config: dict[str, Any]) -> str:
    today = dt.datetime.now(dt.UTC)
    return f"{today:%Y/%m/%d}/[{config.get('Version', '$LATEST')}]{secrets.token_hex(16)}"


def _trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"


def _hex(base64_digest: str) -> str:
    return base64.b64decode(base64_digest).hex()


def _layer_place(arn: str) -> tuple[str, int, str, str]:
    _, _, _, region, account, _, name, version = arn.split(":")
    return name, int(version), account, region


def install(cloud: CloudContext) -> None:
    """Let Python functions run in workers of this module, and unpack layers as soon as they are published."""
    expect(lambda_runtime, "acquire_worker", params="func_name,config,code_zip,qualifier,max_concurrency")
    expect(lambda_runtime, "reset", contains=("kill_workers(doomed)",))
    expect(lambda_runtime, "release_worker", params="worker")
    expect(lambda_runtime, "kill_workers", contains=("worker._proc", "worker._discard_tmpdir()"))
    expect(lambda_runtime, "execution_credentials", params="config", contains=("sts_svc.register_session",))
    expect(lambda_svc, "_resolve_layer_zip", params="attachment")
    expect(lambda_svc, "_find_layer_version", contains=("include_deleted",))
    expect(responses, "request_scope", params="account_id,region")
    PythonWorker.cloud = cloud
    PythonWorker.cache = UnpackedCache(cloud.folders.unpacked)
    PythonWorker.sdk = sdk_folder(cloud.folders.state / "managed-sdk")

    original = expect(lambda_runtime, "_worker_class_for", params="config")

    def worker_class(config: dict[str, Any]) -> Any:
        return PythonWorker if runs_here(config) else original(config)

    replace(lambda_runtime, "_worker_class_for", worker_class)
    _unpack_on_publish()


def _unpack_on_publish() -> None:
    publish = expect(lambda_svc, "_publish_layer_version", params="layer_name,data", contains=("_zip_data",))
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::LayerVersion"]
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
        version, _ = lambda_svc._find_layer_version(*_layer_place(arn))
        if not version["_zip_data"]:
            raise ValueError(f"AWS::Lambda::LayerVersion: no object at {props.get('Content')}")
        _unpack_soon(version)
        return arn, attributes

    replace(lambda_svc, "_publish_layer_version", publish_layer_version)
    handlers["create"] = create_layer


def _unpack_soon(version: dict[str, Any]) -> None:
    """Unpack a layer while the deployment goes on, so that the first cold start does not."""
    digest, archive = _hex(version["Content"]["CodeSha256"]), version["_zip_data"]
    threading.Thread(target=PythonWorker.cache.folder, args=(digest, archive), daemon=True).start()
