"""The fields of a dataset of outcomes."""

from __future__ import annotations

from typing import Final

PREDICTION_ID: Final = "prediction_id"
OUTCOME: Final = "outcome"
KNOWN_AT: Final = "known_at"
