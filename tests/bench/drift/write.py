"""Writes what the ways read: two Parquet files of rows, and the window again as the monitor collected it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd

from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.monitoring.prediction_log.parse import Prediction
from tests.bench.drift import rows as drift_rows

# No two of its multiples have the same fraction.
_GOLDEN = 0.6180339887498949
_BATCH = 20_000  # rows of a collected file: keepfit.monitoring.collection


def write(folder: Path, rows: int) -> None:
    """``reference.parquet`` and ``window.parquet`` of ``rows`` rows each, and ``predictions/``."""
    reference, window = drift_rows.reference(rows), drift_rows.window(rows)
    for name, frame in (("reference", reference), ("window", window)):
        duckdb.from_df(frame).write_parquet(str(folder / f"{name}.parquet"))
    collected = MemoryArtifacts()
    predictions = _predictions(window)
    for number, first in enumerate(range(0, rows, _BATCH)):
        batch = predictions[first : first + _BATCH]
        ParquetPredictions(files=collected, model="flights").add(f"{number:016}", batch)
    for key, body in collected.objects.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _predictions(window: pd.DataFrame) -> list[Prediction]:
    values = window.astype(object).where(window.notna(), None).to_dict("records")
    return [
        Prediction(
            prediction_id=f"{n:032x}",
            version=1,
            at=at + timedelta(seconds=1),
            event_time=at,
            inputs={str(name): value for name, value in inputs.items()},
            outputs={"probability": (n % 100) / 100},
            answer=[n * _GOLDEN % 1],
        )
        for n, (inputs, at) in enumerate(zip(values, drift_rows.event_times(len(window)), strict=True))
    ]
