"""One Lambda execution environment: an isolated interpreter for one version of a function."""

from __future__ import annotations

import base64
import datetime as dt
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from localcloud.images import ImageStore
from localcloud.overlay.context import CloudContext
from localcloud.overlay.image_functions import ImageFunction, is_image
from localcloud.overlay.worker_process import Reply, WorkerProcess
from localcloud.unpacked import UnpackedCache

# AWS gives the import of the handler 10 s, and then runs it again within the function's own timeout.
_INIT_SECONDS = 10.0
_MIB = 1024 * 1024
_API_HOST = re.compile(r"https://(\w+)\.execute-api\.localhost(:\d+)?(?=/|$)")


class ExecutionEnvironment:
    """An environment in the emulator's pool, which serves one invocation at a time.

    The emulator's pool relies on the names without an explanation here.
    """

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
        self._retired = False
        self._worker: WorkerProcess | None = None
        self._folder: Path | None = None

    @property
    def _proc(self) -> subprocess.Popen[bytes] | None:
        return None if self._worker is None else self._worker.process

    def invoke(self, event: bytes, request_id: str, arn: str) -> tuple[Reply, float, float]:
        """Runs the handler once.

        Returns:
            The reply, the seconds the handler took, and the seconds of initialisation (0 when it was warm).
        """
        with self._lock:
            try:
                return self._invoke(event, request_id, arn)
            finally:
                if self._retired:
                    self._close()

    def retire(self) -> None:
        """Ends the environment after the present invocation, as on AWS."""
        self._retired = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    def end(self) -> None:
        """Ends the environment and the present invocation."""
        self._retired = True
        if self._worker is not None:
            self._worker.end()

    def _invoke(self, event: bytes, request_id: str, arn: str) -> tuple[Reply, float, float]:
        timeout = float(self.config.get("Timeout", 3))
        worker, init = self._worker, 0.0
        if worker is None or worker.process.poll() is not None:
            started = time.monotonic()
            worker = self._start()
            reply = worker.initialise(timeout + _INIT_SECONDS)
            init = time.monotonic() - started
            if reply.error is not None:
                self._close()
                return reply, init, init
        meta = {"request_id": request_id, "arn": arn, "deadline": time.time() + timeout, "trace": _trace_id()}
        started = time.monotonic()
        reply = worker.invoke(event, meta, timeout)
        took = time.monotonic() - started
        if reply.lost:
            self._close()
        return reply, took, init

    def _start(self) -> WorkerProcess:
        self._close()
        self.cloud.folders.scratch.mkdir(parents=True, exist_ok=True)
        self._folder = Path(
            tempfile.mkdtemp(prefix=f"{self.func_name[:40]}-", dir=self.cloud.folders.scratch)
        )
        self._worker = WorkerProcess.start(
            paths=self._paths(),
            environment=self._environment(),
            folder=self._folder,
            memory_limit=int(self.config.get("MemorySize", 128)) * _MIB,
            children=self.cloud.children,
        )
        return self._worker

    def _close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @cached_property
    def _image(self) -> ImageFunction | None:
        if not is_image(self.config):
            return None
        return ImageFunction.of(self.config, ImageStore(self.cloud.folders.images))

    def _paths(self) -> dict[str, Any]:
        if self._image is not None:
            return {"code": self._image.code, "layers": [], "sdk": self._image.packages}
        return {
            "code": str(self._code_folder()),
            "layers": [str(folder) for folder in self._layer_folders()],
            "sdk": str(self.sdk),
        }

    def _code_folder(self) -> Path:
        if self._image is not None:
            return Path(self._image.code)
        return self.cache.folder(hexadecimal(self.config["CodeSha256"]), self.code_zip)

    def _layer_folders(self) -> list[Path]:
        folders = []
        for attached in self.config.get("Layers") or []:
            arn = attached if isinstance(attached, str) else attached["Arn"]
            archive = lambda_svc._resolve_layer_zip(attached)
            if archive is None:
                raise RuntimeError(f"The layer {arn} has no content.")
            version, _ = lambda_svc._find_layer_version(*layer_place(arn), include_deleted=True)
            folders.append(self.cache.folder(hexadecimal(version["Content"]["CodeSha256"]), archive))
        return folders

    def _environment(self) -> dict[str, str]:
        """The whole environment: nothing of the developer's machine but where programs are."""
        config = self.config
        region = config["FunctionArn"].split(":")[3]
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
            **({} if self._image is None else self._image.environment),
            **{key: reachable(str(value), self.cloud.inner_url) for key, value in own.items()},
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            **lambda_runtime.execution_credentials(config),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.13')}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_FUNCTION_VERSION": str(config.get("Version", "$LATEST")),
            "AWS_LAMBDA_LOG_GROUP_NAME": log_group_name(config),
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "LAMBDA_TASK_ROOT": str(self._code_folder()),
            "_HANDLER": config.get("Handler", "index.handler")
            if self._image is None
            else self._image.handler,
        }


def reachable(value: str, inner_url: str) -> str:
    """A variable's value, where the address of an HTTP API is one that every resolver knows.

    >>> reachable("https://4bd1c2a9.execute-api.localhost:4566/models", "https://127.0.0.1:8443")
    'https://127.0.0.1:8443/_aws/execute-api/4bd1c2a9/$default/models'
    """
    return _API_HOST.sub(lambda found: f"{inner_url}/_aws/execute-api/{found[1]}/$default", value)


def log_group_name(config: dict[str, Any]) -> str:
    """The log group that a function writes to."""
    configured = (config.get("LoggingConfig") or {}).get("LogGroup")
    return configured or f"/aws/lambda/{config['FunctionName']}"


def hexadecimal(base64_digest: str) -> str:
    """A digest as Lambda reports it, in the spelling of folder names."""
    return base64.b64decode(base64_digest).hex()


def layer_place(arn: str) -> tuple[str, int, str, str]:
    """Name, version, account and region in a layer version's ARN."""
    _, _, _, region, account, _, name, version = arn.split(":")
    return name, int(version), account, region


def _log_stream_name(config: dict[str, Any]) -> str:
    today = dt.datetime.now(dt.UTC)
    return f"{today:%Y/%m/%d}/[{config.get('Version', '$LATEST')}]{secrets.token_hex(16)}"


def _trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
