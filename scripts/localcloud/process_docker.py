"""Containers as processes: the Docker client's interface that the emulator's ECS uses.

The process gets the image's files and packages, the image's environment plus the task's, a memory limit, and its
own process group. It gets no file system, network or user of its own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from localcloud.children import Children
from localcloud.host_process import group_resident_bytes, kill_group
from localcloud.images import Image, ImageStore

_MEMORY_CHECK_SECONDS = 0.1
_FOLLOW_SECONDS = 0.05
# What an exit through a signal is reported as: 128 plus the signal's number, as Docker does.
_SIGNAL_BASE = 128


class NotFound(Exception):
    """No such container."""


class ProcessContainer:
    """A running or finished process, seen as a container."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, memory_limit: int | None) -> None:
        self.id = secrets.token_hex(32)
        self.attrs: dict[str, Any] = {
            "NetworkSettings": {"Networks": {}, "IPAddress": "127.0.0.1", "Ports": {}}
        }
        self.out_of_memory = False
        self._process = process
        self._folder = folder
        if memory_limit:
            threading.Thread(target=self._watch_memory, args=(memory_limit,), daemon=True).start()

    @property
    def status(self) -> str:
        """``running`` or ``exited``."""
        return "running" if self._process.poll() is None else "exited"

    def reload(self) -> None:
        """The status is always current."""

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        """Waits for the end; ``StatusCode`` is the exit code."""
        code = self._process.wait(timeout)
        return {"StatusCode": _SIGNAL_BASE - code if code < 0 else code}

    def logs(self, stream: bool = False, tail: int | None = None, **_: Any) -> bytes | Iterator[bytes]:
        """The process's output; with ``stream``, chunks of it until it ends."""
        if stream:
            return self._follow()
        printed = self._log.read_bytes()
        return b"\n".join(printed.splitlines()[-tail:]) if tail else printed

    def stop(self, timeout: float = 30) -> None:
        """Asks it to end, and ends it after ``timeout`` seconds."""
        if self._process.poll() is None:
            kill_group(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        # What it started itself must not outlive it either.
        kill_group(self._process.pid)

    def kill(self) -> None:
        """Ends it and all processes that it started."""
        kill_group(self._process.pid)
        self._process.wait()

    def remove(self, v: bool = False, force: bool = False) -> None:
        """Ends a running process with ``force``; there is nothing to remove."""
        if force:
            self.kill()

    @property
    def _log(self) -> Path:
        return self._folder / "output.log"

    def _follow(self) -> Iterator[bytes]:
        """Whole lines while it runs, the rest when it ended; then its folder is deleted."""
        pending = b""
        with self._log.open("rb") as file:
            while True:
                ended = self.status == "exited"
                pending += file.read()
                whole, newline, pending = pending.rpartition(b"\n")
                if newline:
                    yield whole + newline
                if ended:
                    break
                time.sleep(_FOLLOW_SECONDS)
        if pending:
            yield pending
        shutil.rmtree(self._folder, ignore_errors=True)

    def _watch_memory(self, limit: int) -> None:
        while self.status == "running":
            if group_resident_bytes(self._process.pid) > limit:
                self.out_of_memory = True
                with self._log.open("ab") as log:
                    log.write(b"OutOfMemoryError: the container used more than its %d MiB\n" % (limit >> 20))
                self.kill()
            time.sleep(_MEMORY_CHECK_SECONDS)


class ProcessDocker:
    """A substitute for a Docker client."""

    def __init__(self, store: ImageStore, scratch: Path, children: Children) -> None:
        self.images = _Images(store)
        self.containers = _Containers(store, scratch, children)

    def ping(self) -> bool:
        """Always there."""
        return True


class _Images:
    def __init__(self, store: ImageStore) -> None:
        self._store = store

    def get(self, name: str) -> Image:
        return self._store.resolve(name)

    def pull(self, name: str, **_: Any) -> Image:
        return self._store.resolve(name)


class _Containers:
    def __init__(self, store: ImageStore, scratch: Path, children: Children) -> None:
        self._store = store
        self._scratch = scratch
        self._children = children
        self._known: dict[str, ProcessContainer] = {}

    def get(self, container_id: str) -> ProcessContainer:
        if container_id not in self._known:
            raise NotFound(container_id)
        return self._known[container_id]

    def list(self, **_: Any) -> Sequence[ProcessContainer]:
        return [container for container in list(self._known.values()) if container.status == "running"]

    def run(
        self,
        image: str,
        command: Sequence[str] | None = None,
        environment: dict[str, str] | None = None,
        mem_limit: int | None = None,
        **_: Any,
    ) -> ProcessContainer:
        found = self._store.resolve(image)
        self._scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="task-", dir=self._scratch))
        with (folder / "output.log").open("wb") as log:
            process = subprocess.Popen(
                _argv(found, command),
                cwd=_inside(found, found.workdir),
                env=_environment(found, environment or {}, folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children.started(process.pid)
        container = ProcessContainer(process, folder, mem_limit)
        # Kept when it has ended too: whoever watches it asks for its exit code later, and for ever if it is not found.
        self._known[container.id] = container
        return container


def _inside(image: Image, path: str) -> Path:
    return Path(image.root) / path.lstrip("/")


def _argv(image: Image, command: Sequence[str] | None) -> list[str]:
    argv = [*image.entrypoint, *(command or image.command)]
    if not argv:
        raise ValueError("The image has neither an entrypoint nor a command, and the task gives none.")
    if argv[0] in ("python", "python3"):
        # Without the site module the interpreter sees no package but those of the image.
        argv[:1] = [sys.executable, "-S", "-s"]
    return [
        str(_inside(image, part)) if part.startswith("/") and _inside(image, part).exists() else part
        for part in argv
    ]


def _environment(image: Image, task: dict[str, str], folder: Path) -> dict[str, str]:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **{key: value for key, value in image.environment.items() if key != "PATH"},
        **task,
    }
    paths = [_rooted(image, part) for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part]
    environment["PYTHONPATH"] = os.pathsep.join([*paths, image.site])
    return environment


def _rooted(image: Image, path: str) -> str:
    inside = _inside(image, path)
    return str(inside) if path.startswith("/") and inside.exists() else path
