"""Proves that ingest takes a file far larger than its memory, and misses no bad row of it.

    python -m tests.prove.ingest_memory [--gigabytes 2] [--quoted]

A CSV is generated, every 1,009th row of it bad, and ingested by a process of its own; the process' peak memory, time
and findings are printed as JSON. The exit code is 1 where memory passed 1 GiB or a row was lost. With --quoted every
text is quoted, which is the slower way through the reader.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryLake
from keepfit.features.datasets import Upload
from keepfit.features.definition import DatasetDefinition, Field
from keepfit.features.ingest import Ingest
from keepfit.features.ports import FoundUpload, StoredPart

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
    """One file on disk, so that nothing of it is in memory before it is read."""

    file: Path

    def find(self, key: str, version_id: str | None) -> FoundUpload:
        upload = Upload(bucket="intake", key=key, version_id=version_id or "1")
        return FoundUpload(upload=upload, bytes=self.file.stat().st_size, at=datetime(2013, 1, 1, tzinfo=UTC))

    def download(self, _upload: Upload, path: Path) -> None:
        path.hardlink_to(self.file)


@dataclass(slots=True, kw_only=True)
class FolderLake(MemoryLake):
    """Parts and quarantine on disk, manifests in memory."""

    folder: Path

    def _put(self, key: str, path: Path) -> StoredPart:
        shutil.copyfile(path, self.folder / path.name)
        return StoredPart(key=key, version_id="1")


def generate(path: Path, size: int, *, quoted: bool) -> tuple[int, int]:
    """Writes about ``size`` bytes of CSV; answers with the number of rows and of bad rows among them.

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
    """What the child does: one ingest, and what it took."""
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
        "peak_mib": round(used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10), 1),
        "wall_s": round(time.monotonic() - begun, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
    }


def prove(gigabytes: float, *, quoted: bool) -> dict[str, Any]:
    """Generates, ingests in a process of its own, and says whether it held."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows, bad = generate(folder / "big.csv", int(gigabytes * 10**9), quoted=quoted)
        child = [sys.executable, "-m", "tests.prove.ingest_memory", "--child", str(folder)]
        found: dict[str, Any] = json.loads(subprocess.run(child, check=True, stdout=subprocess.PIPE).stdout)
        exact = (found["rows"], found["bad_rows"], found["quarantined"]) == (rows - bad, bad, bad)
        size = round((folder / "big.csv").stat().st_size / 10**9, 2)
        return {
            "file_gb": size,
            "file_rows": rows,
            **found,
            "holds": exact and found["peak_mib"] < ALLOWED_MIB,
        }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--quoted", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        sys.stdout.write(json.dumps(ingest(given.child / "big.csv", given.child)))
        return 0
    found = prove(given.gigabytes, quoted=given.quoted)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
