"""Proof: ingest reads a file far larger than its memory, and finds every bad row.

A CSV is generated, every 1,009th row of it bad, and ingested by a process of its own, whose peak memory is measured:
once as programs write CSV, and once with every text in quotes, which is the slower way through the reader.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryLake
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.ports import FoundUpload, StoredPart
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.schema.definition import DatasetDefinition, Field
from proofs.proof import Claim, Proof, Tell, at_most

NAME = "big-csv"
ALLOWED_MIB = 1024
_BAD_EVERY = 1009
_FLIGHTS = DatasetDefinition(
    event_time="scheduled_departure",
    known_at="arrived_at",
    fields={
        "scheduled_departure": Field(type="timestamp"),
        "arrived_at": Field(type="timestamp"),
        "carrier": Field(type="category"),
        "origin": Field(type="category"),
        "dest": Field(type="category"),
        "distance": Field(type="float", min=0),
        "late": Field(type="bool", nullable=True),
    },
)


@dataclass(frozen=True, slots=True)
class FolderIntake:
    """An intake of one file on disk, of which nothing is in memory before it is read."""

    file: Path

    def find(self, key: str, version_id: str | None) -> FoundUpload:
        upload = Upload(bucket="intake", key=key, version_id=version_id or "1")
        return FoundUpload(upload=upload, bytes=self.file.stat().st_size, at=datetime(2013, 1, 1, tzinfo=UTC))

    def download(self, _upload: Upload, path: Path) -> None:
        path.hardlink_to(self.file)

    def listed(self, _folder: str) -> Iterator[tuple[str, int]]:
        return iter(())

    def fetch(self, _paths: Mapping[str, Path]) -> set[str]:
        return set()


@dataclass(slots=True, kw_only=True)
class FolderLake(MemoryLake):
    """A lake with parts and quarantine on disk, and manifests in memory."""

    folder: Path

    def _put(self, key: str, path: Path) -> StoredPart:
        shutil.copyfile(path, self.folder / path.name)
        return StoredPart(key=key, version_id="1")


def generate(path: Path, size: int, *, quoted: bool) -> tuple[int, int]:
    """Writes about ``size`` bytes of CSV; returns the numbers of rows and of bad rows.

    The same 50,450 rows are written again and again: making every row anew would take longer than reading it.
    """
    cycle = [_row(number, quoted=quoted) for number in range(1, 50 * _BAD_EVERY + 1)]
    block, rows = "".join(cycle), 0
    with path.open("w") as file:
        written = file.write(",".join(_FLIGHTS.fields) + "\n")
        while written < size:
            written += file.write(block)
            rows += len(cycle)
    return rows, rows // _BAD_EVERY


def _row(number: int, *, quoted: bool) -> str:
    at = datetime(2013, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    texts = ["UA", "EWR", f"D{number % 105:02}"]
    values = [
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
        f"{at:%Y-%m-%dT%H:%M:%S-05:00}",
        *(f'"{text}"' if quoted else text for text in texts),
        "far" if number % _BAD_EVERY == 0 else f"{number % 4983}.5",
        ("true", "false", "")[number % 3],
    ]
    return ",".join(values) + "\n"


def ingest(path: Path, folder: Path) -> dict[str, Any]:
    """The child process: ingests once, and reports its time and memory."""
    begun = time.monotonic()
    lake = FolderLake(folder=folder)
    taken = Ingest(
        dataset="flights",
        definition=_FLIGHTS,
        intake=FolderIntake(path),
        lake=lake,
        records=MemoryDatasets(),
        events=MemoryEvents(),
    ).take("flights/big.csv", "1")
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "outcome": taken.outcome,
        "reason": taken.reason,
        "rows": taken.rows,
        "bad_rows": taken.bad_rows,
        "quarantined": sum(1 for _ in (folder / "quarantine.jsonl").open()),
        "part_mib": round((folder / "part.parquet").stat().st_size / 2**20, 1),
        "peak_mib": round(_peak_mib(), 1),
        "wall_s": round(time.monotonic() - begun, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
    }


def _peak_mib() -> float:
    """The peak memory of this program; on Linux ru_maxrss includes the parent's at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(held.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def prove(tell: Tell, *, size_gb: float = 2.0) -> Proof:
    """Generates and ingests a file of each kind."""
    found = {}
    for kind, quoted in (("plain", False), ("quoted", True)):
        tell(f"{size_gb:g} GB of {kind} CSV become data")
        found[kind] = _one(size_gb, quoted=quoted)
    return Proof(
        name=NAME,
        claims=[claim for kind, one in found.items() for claim in _claims(kind, one)],
        figures=found,
    )


def _claims(kind: str, found: dict[str, Any]) -> list[Claim]:
    exact = (found["rows"], found["bad_rows"], found["quarantined"]) == (
        found["file_rows"] - found["file_bad_rows"],
        found["file_bad_rows"],
        found["file_bad_rows"],
    )
    counted = f"{found['rows']} rows kept, {found['bad_rows']} in quarantine"
    return [
        at_most(f"MiB of memory for {found['file_gb']:g} GB of {kind} CSV", found["peak_mib"], ALLOWED_MIB),
        Claim(promise=f"every row of {kind} CSV is kept or quarantined", found=counted, holds=exact),
    ]


def _one(size_gb: float, *, quoted: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="keepfit-big-csv-") as name:
        folder = Path(name)
        rows, bad = generate(folder / "big.csv", int(size_gb * 10**9), quoted=quoted)
        child = [sys.executable, "-m", "proofs.big_csv", str(folder)]
        found = json.loads(subprocess.run(child, check=True, stdout=subprocess.PIPE).stdout)
        size = round((folder / "big.csv").stat().st_size / 10**9, 3)
        return {"file_gb": size, "file_rows": rows, "file_bad_rows": bad, **found}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ingest(Path(sys.argv[1]) / "big.csv", Path(sys.argv[1]))))
