"""The interpreter process of one Lambda execution environment."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud import worker_runtime
from localcloud.children import Children
from localcloud.host_process import kill_group, peak_resident_bytes, resident_bytes

_HEADER = worker_runtime.HEADER
_MEMORY_CHECK_MS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The result of an invocation.

    Attributes:
        result: what the handler returned.
        error: the error document of a failed invocation, else None.
        log: what the function printed.
        peak_bytes: largest resident memory of the environment so far.
        lost: the environment cannot serve again.
    """

    result: Any = None
    error: dict[str, Any] | None = None
    log: str = ""
    peak_bytes: int = 0
    lost: bool = False


class EnvironmentLost(Exception):
    """The environment ended, or had to be ended, during an invocation."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.document = {"errorMessage": message, "errorType": kind}


@dataclass(slots=True, kw_only=True)
class WorkerProcess:
    """A started interpreter that imports a handler once and then serves invocations one at a time."""

    process: subprocess.Popen[bytes]
    requests: int
    replies: int
    log: int
    memory_limit: int
    _printed: bytearray = field(default_factory=bytearray)

    @classmethod
    def start(
        cls,
        *,
        paths: dict[str, Any],
        environment: dict[str, str],
        folder: Path,
        memory_limit: int,
        children: Children,
    ) -> WorkerProcess:
        """Starts the interpreter.

        Args:
            paths: ``code``, ``layers`` (list) and ``sdk`` folders that make up its import path.
            environment: its whole environment.
            folder: its private working folder.
            memory_limit: resident bytes it may hold.
            children: ledger to note it in.
        """
        request_read, request_write = os.pipe()
        reply_read, reply_write = os.pipe()
        log_read, log_write = os.pipe()
        argv = [sys.executable, "-I", "-S", worker_runtime.__file__]
        argv += [str(request_read), str(reply_write), json.dumps(paths)]
        try:
            process = subprocess.Popen(
                argv,
                cwd=paths["code"],
                env={**environment, "TMPDIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log_write,
                stderr=log_write,
                pass_fds=(request_read, reply_write),
                start_new_session=True,
            )
        finally:
            for descriptor in (request_read, reply_write, log_write):
                os.close(descriptor)
        children.started(process.pid)
        os.set_blocking(log_read, False)
        return cls(
            process=process,
            requests=request_write,
            replies=reply_read,
            log=log_read,
            memory_limit=memory_limit,
        )

    def initialise(self, seconds: float) -> Reply:
        """Waits until the handler is imported; the reply's ``error`` says why it failed."""
        deadline = time.monotonic() + seconds
        try:
            document = self._receive(deadline)
        except EnvironmentLost as lost:
            return Reply(error=lost.document, log=self._drain(), lost=True)
        return Reply(error=document.get("error"), log=self._drain(), lost=not document.get("ready"))

    def invoke(self, event: bytes, meta: dict[str, Any], seconds: float) -> Reply:
        """Runs the handler once.

        Args:
            event: the payload as JSON.
            meta: ``request_id``, ``arn``, ``deadline`` (epoch seconds) and ``trace``.
            seconds: time after which it is ended.
        """
        deadline = time.monotonic() + seconds
        head = json.dumps(meta).encode()
        try:
            self._send(_HEADER.pack(len(head), len(event)) + head + event)
            document = self._receive(deadline)
            peak = self._check_memory(peak_resident_bytes(self.process.pid))
        except EnvironmentLost as lost:
            return Reply(error=lost.document, log=self._drain(), peak_bytes=self.memory_limit, lost=True)
        return Reply(
            result=document.get("result"), error=document.get("error"), log=self._drain(), peak_bytes=peak
        )

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends the interpreter and all processes that it started."""
        kill_group(self.process.pid, number)

    def close(self) -> None:
        """Ends it, reaps it and closes the pipes."""
        self.end()
        self.process.wait()
        for descriptor in (self.requests, self.replies, self.log):
            os.close(descriptor)

    def _send(self, message: bytes) -> None:
        view = memoryview(message)
        try:
            while view:
                view = view[os.write(self.requests, view) :]
        except BrokenPipeError:
            raise self._exited() from None

    def _receive(self, deadline: float) -> dict[str, Any]:
        received = bytearray()
        needed = _HEADER.size
        while len(received) < needed:
            chunk = self._next_chunk(deadline)
            received += chunk
            if needed == _HEADER.size and len(received) >= needed:
                needed += _HEADER.unpack_from(received)[0]
        document: dict[str, Any] = json.loads(memoryview(received)[_HEADER.size :].tobytes())
        return document

    def _next_chunk(self, deadline: float) -> bytes:
        """The next bytes of a reply; meanwhile drains the log pipe within bounded memory."""
        poll = select.poll()
        poll.register(self.replies, select.POLLIN)
        poll.register(self.log, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                self.end()
                raise EnvironmentLost("Sandbox.Timedout", "timed out")
            ready = poll.poll(min(left * 1000, _MEMORY_CHECK_MS))
            if not ready:
                self._check_memory(resident_bytes(self.process.pid))
            for descriptor, events in ready:
                if descriptor == self.log:
                    if not self._read_log():
                        poll.unregister(self.log)
                elif chunk := os.read(self.replies, 1 << 20):
                    return chunk
                elif events:
                    raise self._exited()

    def _read_log(self) -> bool:
        try:
            chunk = os.read(self.log, 1 << 16)
        except BlockingIOError:
            return True
        self._printed += chunk
        return bool(chunk)

    def _drain(self) -> str:
        """All output so far; what precedes a reply is in the pipe when the reply arrives."""
        while True:
            before = len(self._printed)
            if not self._read_log() or len(self._printed) == before:
                break
        text = self._printed.decode("utf-8", "replace")
        self._printed.clear()
        return text

    def _check_memory(self, held: int) -> int:
        if held > self.memory_limit:
            self.end()
            raise EnvironmentLost("Runtime.OutOfMemory", "Runtime exited with error: signal: killed")
        return held

    def _exited(self) -> EnvironmentLost:
        code = self.process.wait()
        if code == 0:
            return EnvironmentLost("Runtime.ExitError", "Runtime exited without providing a reason")
        reason = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return EnvironmentLost("Runtime.ExitError", f"Runtime exited with error: {reason}")
