"""What clients tell of their predictions: whether the flight came late, by prediction id."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from replay.client import Answer
from replay.flights import Requests


def write_told(path: Path, requests: Requests, answers: list[Answer]) -> int:
    """Writes the outcomes of answered predictions, but of flights that never arrived; the number of rows."""
    known = [
        (answer.prediction_id, "true" if late else "false", known_at)
        for answer, late, known_at in zip(answers, requests.late, requests.known_at, strict=True)
        if answer.prediction_id is not None and not np.isnan(late)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("prediction_id", "outcome", "known_at"))
        rows.writerows(known)
    return len(known)
