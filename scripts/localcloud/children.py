"""A record of the processes of functions and tasks, to end those of a killed cloud."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from localcloud.host_process import ProcessIdentity, identify, kill_group


class Children:
    """An append-only ledger of process groups; each leads its own group."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()

    def started(self, pid: int) -> None:
        """Records a process that leads its own group."""
        found = identify(pid)
        if found is None:
            return
        with self._lock, self._ledger.open("a") as file:
            file.write(json.dumps({"pid": found.pid, "started": found.started}) + "\n")

    def end_orphans(self) -> int:
        """Kills those that still run and clears the record. Returns how many were killed."""
        if not self._ledger.exists():
            return 0
        killed = 0
        for line in self._ledger.read_text().splitlines():
            try:
                process = ProcessIdentity(**json.loads(line))
            except (ValueError, TypeError):
                continue  # the last line of a killed writer may be cut
            if process.alive():
                kill_group(process.pid)
                killed += 1
        self._ledger.unlink()
        return killed
