"""Load: clients that send requests over HTTPS connections of their own, in another process.

Read from stdin: one JSON line with ``url``, ``token``, ``ca_bundle``, ``bodies``, ``connections`` and ``pause_s``.
Until stdin is closed each connection sends one request after another, and waits as long as a refusal says; then one
line per request goes to stdout.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Any, Self

import msgspec
import urllib3

_TIMEOUT_S = 30
NO_ANSWER = 0


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """A request's time (seconds since 1970), duration and status; status 0 where none came."""

    at: float
    seconds: float
    status: int


class Load:
    """Sends requests from another process during a ``with`` block; ``replies`` are there afterwards."""

    def __init__(self, **asked: Any) -> None:
        self.replies: list[Reply] = []
        self._asked = json.dumps(asked)

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "proofs.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._child.stdin is not None  # noqa: S101  it was asked for
        self._child.stdin.write(f"{self._asked}\n")
        self._child.stdin.flush()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        told, _ = self._child.communicate()
        self.replies = [msgspec.json.decode(line, type=Reply) for line in told.splitlines()]


def _ask(asked: dict[str, Any], number: int, stop: Event) -> list[Reply]:
    """Sends requests over one connection and returns the replies."""
    headers = {"authorization": f"Bearer {asked['token']}", "content-type": "application/json"}
    pool = urllib3.PoolManager(ca_certs=asked["ca_bundle"], maxsize=1, retries=False, timeout=_TIMEOUT_S)
    replies: list[Reply] = []
    while not stop.is_set():
        body = asked["bodies"][(number + len(replies)) % len(asked["bodies"])]
        at, begun = time.time(), time.perf_counter()
        try:
            answer = pool.request("POST", asked["url"], body=body, headers=headers)
            status, told = answer.status, answer.headers.get("retry-after", "0")
        except urllib3.exceptions.HTTPError:
            status, told = NO_ANSWER, "0"
        replies.append(Reply(at, time.perf_counter() - begun, status))
        stop.wait(asked["pause_s"] + float(told))
    return replies


def main() -> None:
    """The child process."""
    asked, stop = json.loads(sys.stdin.readline()), Event()
    connections = range(asked["connections"])
    with ThreadPoolExecutor(len(connections)) as pool:
        asking = [pool.submit(_ask, asked, number, stop) for number in connections]
        sys.stdin.read()
        stop.set()
    for one in asking:
        for reply in one.result():
            sys.stdout.write(msgspec.json.encode(reply).decode() + "\n")


if __name__ == "__main__":
    main()
