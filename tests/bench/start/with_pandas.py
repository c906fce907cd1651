"""A cold start of pandas and scikit-learn: a pickled pipeline that is given a data frame."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pandas as pd

_PIPELINE = pickle.loads(Path(os.environ["BENCH_PIPELINE"]).read_bytes())  # noqa: S301  the benchmark's own


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One event of an HTTP API."""
    frame = pd.DataFrame(json.loads(event["body"])["instances"])
    at = pd.to_datetime(frame.pop("departure"), utc=True)
    found = _PIPELINE.predict_proba(frame.assign(hour=at.dt.hour, weekday=at.dt.day_of_week))[:, 1]
    return {"statusCode": 200, "body": json.dumps({"probabilities": found.tolist()})}
