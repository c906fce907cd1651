"""Processes of this machine: identity, liveness, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "stat").exists()
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """A process id and its start, which distinguish it from a later process of the same id."""

    pid: int
    started: str

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return start_mark(self.pid) == self.started


def start_mark(pid: int) -> str | None:
    """The start time of the process that now has this id; None for none or a zombie."""
    if _HAS_PROC:
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"
    found = _ps("-o", "stat=,lstart=", "-p", str(pid)).strip()
    return None if not found or found.startswith("Z") else found.partition(" ")[2].strip()


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of a running process, or None."""
    mark = start_mark(pid)
    return None if mark is None else ProcessIdentity(pid=pid, started=mark)


def this_process() -> ProcessIdentity:
    """The identity of the calling process."""
    return ProcessIdentity(pid=os.getpid(), started=start_mark(os.getpid()) or "")


def resident_bytes(pid: int) -> int:
    """Resident memory of one process in bytes, 0 when it is gone."""
    if _HAS_PROC:
        try:
            return int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):
            return 0
    return int(_ps("-o", "rss=", "-p", str(pid)).strip() or 0) * 1024


def peak_resident_bytes(pid: int) -> int:
    """The peak resident memory of a process where the system records it; else the present one."""
    if _HAS_PROC:
        with suppress(OSError):
            for line in (_PROC / str(pid) / "status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    return resident_bytes(pid)


def group_resident_bytes(group: int) -> int:
    """Resident memory of all processes of a process group, in bytes."""
    if not _HAS_PROC:
        rows = (row.split() for row in _ps("-axo", "pgid=,rss=").splitlines() if row.strip())
        return sum(int(rss) * 1024 for pgid, rss in rows if int(pgid) == group)
    total = 0
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if os.getpgid(int(entry.name)) == group:
                    total += resident_bytes(int(entry.name))
    return total


def kill_group(group: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signals a process group; ignores one that is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def wait_gone(process: ProcessIdentity, seconds: float) -> bool:
    """Waits until a process, of ours or not, is gone; False when it outlives ``seconds``."""
    deadline = time.monotonic() + seconds
    while process.alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _ps(*arguments: str) -> str:
    return subprocess.run(["/bin/ps", *arguments], capture_output=True, text=True, check=False).stdout
