"""pandas and scikit-learn: `python -m tests.bench.batch.with_pandas <model>:<all|none> <folder>`."""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from tests.bench.worker import take_turns


def main(folder: Path, model: str, carry: str) -> None:
    pipeline: Any = pickle.loads((folder / model / "pipeline.pickle").read_bytes())  # noqa: S301  written by ourselves

    with tempfile.TemporaryDirectory() as name:
        result = Path(name) / "result.parquet"

        def scored() -> Path:
            frame = pd.read_parquet(folder / "rows.parquet")
            probability = pipeline.predict_proba(frame)[:, 1]
            found = frame if carry == "all" else pd.DataFrame({"row": range(1, len(frame) + 1)})
            found.assign(prediction=probability >= 0.5, probability=probability).to_parquet(
                result, index=False
            )
            return result

        take_turns(scored, answer=answer, packages=("pandas", "pyarrow", "scikit-learn"))


def answer(result: Path) -> Mapping[str, float]:
    """The answers in a few numbers."""
    found = pd.read_parquet(result, columns=["prediction", "probability"])
    return {
        "rows": float(len(found)),
        "mean": float(found["probability"].mean()),
        "true": float(found["prediction"].sum()),
    }


if __name__ == "__main__":
    threadpool_limits(1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    chosen, carried = sys.argv[1].split(":")
    main(Path(sys.argv[2]), chosen, carried)
