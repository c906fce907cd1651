"""keepfit's batch, from Parquet to Parquet.

`python -m tests.bench.batch.with_keepfit <model>:<all|none> <folder>`
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb

from keepfit.runtime.batch import loaded_model
from keepfit.serving.batch.score_file import FileScorer
from tests.bench.worker import take_turns


def main(folder: Path, model: str, carry: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        results = Path(name)

        def scored() -> Path:
            into = Path(tempfile.mkdtemp(dir=results))
            # As pandas' way does, a turn begins with what is in files.
            scoring = FileScorer(model=loaded_model(folder / model), carry=None if carry == "all" else [])
            scoring.score(folder / "rows.parquet", into, lambda _: None)
            return into

        take_turns(scored, answer=answer, packages=("duckdb", "onnxruntime"))


def answer(into: Path) -> Mapping[str, float]:
    """The answers in a few numbers."""
    columns = "count(*), avg(probability), sum(CAST(prediction AS INTEGER))"
    [found] = duckdb.sql(f"SELECT {columns} FROM '{into}/part-*.parquet'").fetchall()
    return dict(zip(("rows", "mean", "true"), map(float, found), strict=True))


if __name__ == "__main__":
    chosen, carried = sys.argv[1].split(":")
    main(Path(sys.argv[2]), chosen, carried)
