"""Connections that are kept and ask one after the other: how long answers take, and how many come in a time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import uvloop

from tests.bench.turns import Disagreement


@dataclass(slots=True)
class Load:
    """What answers took in seconds, and how long all of it took."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0


def load(port: int, request: bytes, *, connections: int, seconds: float) -> Load:
    """Asks the same of a server on this machine for so long; every answer must be 200."""
    return uvloop.run(_load(port, request, connections, seconds))


async def _load(port: int, request: bytes, connections: int, seconds: float) -> Load:
    found = Load()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_ask(port, request, began + seconds, found))
    found.seconds = time.perf_counter() - began
    return found


async def _ask(port: int, request: bytes, until: float, found: Load) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(_Answers, "127.0.0.1", port)
    try:
        while (began := time.perf_counter()) < until:
            transport.write(request)
            await protocol.answer()
            found.latencies.append(time.perf_counter() - began)
    finally:
        transport.close()


class _Answers(asyncio.Protocol):
    """Reads answers that say their length; what they hold was looked at before."""

    def __init__(self) -> None:
        self._read = bytearray()
        self._length = 0
        self._whole: asyncio.Future[None] | None = None

    def answer(self) -> asyncio.Future[None]:
        self._read.clear()
        self._length = 0
        self._whole = asyncio.get_running_loop().create_future()
        return self._whole

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._length and (head := self._read.find(b"\r\n\r\n")) >= 0:
            self._length = head + 4 + _content_length(bytes(self._read[:head]).lower())
        if self._length and len(self._read) >= self._length and self._whole is not None:
            if self._read.startswith(b"HTTP/1.1 200"):
                self._whole.set_result(None)
            else:
                self._whole.set_exception(Disagreement(bytes(self._read[:500]).decode(errors="replace")))

    def connection_lost(self, _error: Exception | None) -> None:
        if self._whole is not None and not self._whole.done():
            self._whole.set_exception(ConnectionResetError("the server closed the connection"))


def _content_length(head: bytes) -> int:
    _, _, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])
