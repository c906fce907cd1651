"""Reads mutated Parquet files one by one, in a process that may be lost and goes on where it was.

Its argument is a folder with the good file ``seed.parquet``; what becomes of each mutation is a line of ``outcomes``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from keepfit.errors import RefusedUpload
from keepfit.features.ingest.parquet_reading import read_parquet
from keepfit.features.ingest.reader_process import Reading
from keepfit.sandbox import confine
from tests.unit.features.support.hostile_parquet import mutated
from tests.unit.features.support.uploads import FLIGHTS, NOW, SOURCE

MUTATIONS = 150


def _outcome(body: bytes, scratch: Path) -> str:
    (scratch / "upload").write_bytes(body)
    read = Reading(upload="upload", folder=str(scratch), dataset=FLIGHTS, source=SOURCE, at=NOW)
    try:
        return "taken" if read_parquet(read).part else "refused"
    except RefusedUpload:
        return "refused"


def _main(folder: Path) -> None:
    confine(memory_bytes=640 * 2**20, cpu_s=100)
    body = (folder / "seed.parquet").read_bytes()
    with (folder / "outcomes").open("a+", buffering=1) as outcomes:
        outcomes.seek(0)
        for seed in range(len(outcomes.readlines()), MUTATIONS):
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                started = time.monotonic()
                outcome = _outcome(mutated(body, seed), Path(scratch))
                outcomes.write(f"{outcome} {time.monotonic() - started:.2f}\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
