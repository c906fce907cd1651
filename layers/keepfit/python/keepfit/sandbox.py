"""Runs a module as a program in a limited process of its own, isolated from this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_MAX_SHOWN = 300


class ConfinedError(Exception):
    """The program did not end well; the message goes on after a name for it: "ended with 1: ..."."""


class Killed(ConfinedError):
    """It was ended: it took too long, a limit stopped it, or it crashed."""


class Failed(ConfinedError):
    """It gave up by itself, with an exit code."""


def run_confined(module: str, argument: Path, *, seconds: float) -> bytes:
    """What ``python -m module argument`` writes to its standard output.

    Raises:
        Killed, Failed: it was ended, or gave up.
    """
    # The path that it is given is all of this process's path, so neither the folder here nor `site` adds to it.
    command = [sys.executable, "-P", "-S", "-m", module, str(argument)]
    try:
        done = subprocess.run(
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Killed(f"took longer than {seconds:g} s") from error
    if done.returncode < 0:
        raise Killed(f"was ended by {signal.Signals(-done.returncode).name}")
    if done.returncode:
        output = done.stderr.decode(errors="replace").strip()[-_MAX_SHOWN:]
        raise Failed(f"ended with {done.returncode}: {output or 'without a word'}")
    return done.stdout


def environment() -> dict[str, str]:
    """The environment of the child process: no credentials, and the same packages.

    A layer's folders are on this process's path, not in its variables.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    # One arena: each of the others reserves 64 MiB of addresses, which a limit counts though nobody uses them.
    return {**kept, "PYTHONPATH": path, "MALLOC_ARENA_MAX": "1"}


def confine(*, memory_bytes: int, cpu_s: int) -> None:
    """Limits this process from now on to so much more memory, and so much CPU time in all.

    Memory is limited on Linux only, which is where functions run.
    """
    import resource  # noqa: PLC0415  not on every system

    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
