"""The ports of profiles: the rows of a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from keepfit.monitoring.prediction_log.parse import Prediction
from keepfit.monitoring.profiles.window import Instants, WindowColumns, WindowRows


class Predictions(Protocol):
    """The collected predictions of one model."""

    def add(self, batch: str, predictions: Sequence[Prediction]) -> None:
        """Keeps ``predictions`` under the name ``batch``; the same batch again replaces it."""
        ...

    def batches(self) -> set[str]:
        """The names of the batches that are kept."""
        ...

    def between(self, start: datetime, end: datetime, columns: WindowColumns) -> Iterator[WindowRows]:
        """The predictions of [start, end], each id once, in parts that fit in memory.

        A column that no prediction has is left out. Where numbers are counted, a text that is none is missing; where
        categories are, a number or bool is its text. Categories come as ``Binned``.
        """
        ...

    def among(self, windows: Sequence[Instants], columns: WindowColumns) -> Iterator[WindowRows]:
        """The predictions of several windows, none of which meets another, in one reading; see ``between``."""
        ...
