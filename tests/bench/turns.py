"""Ways to do the same, each in a process of its own, that take turns, so that ratios hold on a noisy machine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Answers = Mapping[str, Mapping[str, float]]


class WayFailed(Exception):
    """A process ended where it should have answered; its own message is on stderr."""


class Disagreement(Exception):
    """Ways that should do the same came to different results, so that their figures would compare nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """``python -m module *arguments`` is a process that calls ``worker.take_turns``."""

    name: str
    module: str
    python: Path
    arguments: Sequence[str]

    @classmethod
    def of(cls, name: str, module: str, how: str, *, python: Path, folder: str) -> Way:
        """A way whose module, below `tests.bench`, takes ``how`` (nothing where empty) and the folder of its input."""
        arguments = [*filter(None, [how]), folder]
        return cls(name=name, module=f"tests.bench.{module}", python=python, arguments=arguments)


@dataclass(slots=True, kw_only=True)
class Taken:
    """The least CPU and wall time of any turn, and the most memory: a process rarely gives back what it was given."""

    versions: dict[str, str]
    answer: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float = float("inf")
    wall_seconds: float = float("inf")
    peak_bytes: int | None = None

    def add(self, turn: Mapping[str, Any]) -> None:
        self.cpu_seconds = min(self.cpu_seconds, turn["cpu_seconds"])
        self.wall_seconds = min(self.wall_seconds, turn["wall_seconds"])
        if turn["peak_bytes"] is not None:
            self.peak_bytes = max(self.peak_bytes or 0, turn["peak_bytes"])


def in_turns(ways: Sequence[Way], *, rounds: int, check: Callable[[Answers], None]) -> dict[str, Taken]:
    """What each way took, by name.

    Every way has a first turn, of which only memory counts, since it is where imports are made and caches filled; then
    ``check`` raises where the answers differ, and only then is time taken. Without ``rounds`` the first turn is all.
    """
    with ExitStack() as running:
        processes = {way.name: running.enter_context(_started(way)) for way in ways}
        taken = {way.name: Taken(versions=_line(way, processes[way.name])["versions"]) for way in ways}
        for way in ways:
            turn = _turn(way, processes[way.name])
            taken[way.name].answer = turn["answer"]
            taken[way.name].peak_bytes = turn["peak_bytes"]
            if not rounds:
                taken[way.name].add(turn)
        check({name: one.answer for name, one in taken.items()})
        for _ in range(rounds):
            for way in ways:
                taken[way.name].add(_turn(way, processes[way.name]))
    return taken


class _started:  # noqa: N801 - a context manager
    """The process of a way, which ends with its stdin."""

    def __init__(self, way: Way) -> None:
        command = [str(way.python), "-m", way.module, *way.arguments]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> subprocess.Popen[str]:
        return self._process

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()


def _turn(way: Way, process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()
    return _line(way, process)


def _line(way: Way, process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise WayFailed(
            f"{way.name} ({way.module}) ended with exit code {process.wait()}; its reason is above"
        )
    found: dict[str, Any] = json.loads(line)
    return found
