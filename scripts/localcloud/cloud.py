"""Starts, stops and finds embedded clouds.

>>> from localcloud.cloud import Cloud                      # doctest: +SKIP
>>> endpoint = Cloud(name="default").up()                   # doctest: +SKIP
>>> endpoint.client("s3").list_buckets()["Buckets"]         # doctest: +SKIP
[]
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.children import Children
from localcloud.endpoint import Endpoint
from localcloud.environment import scrubbed
from localcloud.errors import CloudDown, CloudFailed
from localcloud.folders import Folders
from localcloud.host_process import ProcessIdentity, kill_group, wait_gone

TIMEOUT_START_S = 60.0
TIMEOUT_STOP_S = 20.0
_MAX_LOG_SHOWN = 2000
_HEALTH = "/_ministack/health"
# Where this package is imported from, by whatever name it has there.
_PATH = Path(__file__).resolve().parents[__name__.count(".")]
_LAUNCHER, _DOCKER = (f"{__package__}.{name}" for name in ("launcher", "fakedocker"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Whether a cloud runs, and where.

    Attributes:
        name: its name.
        running: whether its process is alive.
        url: its endpoint, None when it is down.
        pid: its process, None when it is down.
        state: folder of its state.
    """

    name: str
    running: bool
    url: str | None
    pid: int | None
    state: Path


class Cloud:
    """One embedded cloud; several run side by side under different names, each on its own port."""

    def __init__(
        self,
        name: str = "default",
        root: Path = Path(".keepfit"),
        *,
        minute_seconds: float = 10.0,
        delay_seconds: float = 0.0,
    ) -> None:
        """``minute_seconds`` is the length of an alarm's minute, ``delay_seconds`` its data's delay."""
        self.name = name
        self._pace = ("--minute-seconds", str(minute_seconds), "--delay-seconds", str(delay_seconds))
        self._root = root
        self._folders = Folders.of(root, name)

    def up(self, progress: Callable[[str], None] | None = None) -> Endpoint:
        """Starts it, unless it runs, on the state and port it had before.

        Args:
            progress: told in a few words what happens.

        Raises:
            CloudFailed: it did not come up; the message ends with the end of its log.
        """
        self._folders.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _exclusive(self._folders.state / "starting"):
            if self._process() is None:
                if progress is not None:
                    progress("starting the embedded cloud")
                self._start()
        return self.endpoint()

    def down(self) -> None:
        """Stops it, if it runs; its state stays.

        Raises:
            CloudFailed: the process could not be ended.
        """
        process = self._process()
        if process is not None:
            _terminate(process)
        self._folders.endpoint.unlink(missing_ok=True)
        Children(self._folders.children).end_orphans()

    def reset(self) -> None:
        """Deletes its state; a running cloud starts again, empty, on the same port."""
        running = self._process() is not None
        self.down()
        kept = self._folders.settings.read_bytes() if self._folders.settings.exists() else None
        shutil.rmtree(self._folders.state, ignore_errors=True)
        if kept is not None:
            self._folders.state.mkdir(parents=True, mode=0o700)
            self._folders.settings.touch(mode=0o600)
            self._folders.settings.write_bytes(kept)
        if running:
            self.up()

    def status(self) -> Status:
        """Whether it runs, and where."""
        process = self._process()
        url = None if process is None else self.endpoint().url
        return Status(
            name=self.name,
            running=process is not None,
            url=url,
            pid=None if process is None else process.pid,
            state=self._folders.state,
        )

    def endpoint(self) -> Endpoint:
        """The endpoint of the running cloud.

        Raises:
            CloudDown: it does not run.
        """
        document = self._document()
        if document is None or self._process() is None:
            raise CloudDown(
                f"The embedded cloud {self.name!r} is not running (state in {self._folders.state}). "
                f"Start it with: keepfit local up --name {self.name}"
            )
        return Endpoint(
            url=f"https://localhost:{document['port']}",
            region=document["region"],
            account=document["account"],
            ca_bundle=self._folders.tls / "ca.pem",
            access_key_id=document["access_key_id"],
            secret_access_key=document["secret_access_key"],
            images=self._folders.images,
            docker=self._folders.state / "docker",
        )

    def _start(self) -> None:
        self._folders.endpoint.unlink(missing_ok=True)
        _write_docker(self._folders)
        argv = [sys.executable, "-m", _LAUNCHER]
        argv += ["--state", str(self._folders.state), "--shared", str(self._folders.shared), *self._pace]
        with self._folders.log.open("wb") as log:
            process = subprocess.Popen(
                argv,
                cwd=self._folders.state,
                env={**scrubbed(), "PYTHONPATH": str(_PATH)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + TIMEOUT_START_S
        while not self._answers():
            if process.poll() is not None:
                raise CloudFailed(f"The embedded cloud {self.name!r} did not start: {self._log_tail()}")
            if time.monotonic() > deadline:
                kill_group(process.pid)
                raise CloudFailed(
                    f"The embedded cloud {self.name!r} did not answer within {TIMEOUT_START_S:.0f} s: "
                    f"{self._log_tail()}"
                )
            time.sleep(0.02)
        # From here on it is found by its endpoint file; it is not ours to wait for.
        process.returncode = 0

    def _answers(self) -> bool:
        document = self._document()
        if document is None or self._process() is None:
            return False
        context = ssl.create_default_context(cafile=str(self._folders.tls / "ca.pem"))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(f"https://127.0.0.1:{document['port']}{_HEALTH}", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _document(self) -> dict[str, Any] | None:
        try:
            document: dict[str, Any] = json.loads(self._folders.endpoint.read_text())
        except (OSError, ValueError):
            return None
        return document

    def _process(self) -> ProcessIdentity | None:
        """The running process of this state, identified beyond its id."""
        document = self._document()
        if document is None:
            return None
        process = ProcessIdentity(pid=document["pid"], started=document["started"])
        return process if process.alive() else None

    def _log_tail(self) -> str:
        return self._folders.log.read_text(errors="replace")[-_MAX_LOG_SHOWN:].strip() or "its log is empty"


def _terminate(process: ProcessIdentity) -> None:
    os.kill(process.pid, signal.SIGTERM)
    if wait_gone(process, TIMEOUT_STOP_S):
        return
    os.kill(process.pid, signal.SIGKILL)
    if not wait_gone(process, TIMEOUT_STOP_S):
        raise CloudFailed(f"The embedded cloud's process {process.pid} does not end.")


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_docker(folders: Folders) -> None:
    """Writes an executable for CDK_DOCKER, which the CDK CLI starts by its path alone."""
    script = folders.state / "docker"
    lines = [
        "#!/bin/sh",
        f'PYTHONPATH="{_PATH}" exec "{sys.executable}" -m {_DOCKER} --images "{folders.images}" "$@"',
    ]
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
