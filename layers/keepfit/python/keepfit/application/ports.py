"""What use cases need from the outside beside the nouns' own ports: an engine for training sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy.typing as npt

from keepfit.features.offline.plan import TrainingSetPlan
from keepfit.features.schema.definition import FieldType
from keepfit.instants import Duration
from keepfit.training.training_set import Cut, Span

Part = Literal["train", "holdout"]
PARTS: Final[tuple[Part, ...]] = ("train", "holdout")


class TrainingRows(Protocol):
    """Labelled rows of one model, oldest first; call ``collect``, then ``cut``, then what reads a part."""

    def collect(self, plan: TrainingSetPlan, parts: Mapping[str, Sequence[Path]]) -> int:
        """Joins features to the labelled rows of the window and derives columns; returns the number of rows.

        ``parts`` are the Parquet files of each dataset that the plan reads.
        """
        ...

    def gaps(self, names: Sequence[str]) -> dict[str, int]:
        """How many of the rows that still hold have nothing in each of the columns ``names``."""
        ...

    def cut(self, *, holdout: Duration, max_rows: int, seed: int) -> Cut:
        """Cuts at the newest event less ``holdout``; of the rows known by then, a seeded sample of ``max_rows`` trains.

        What happened before the cut and became known after it belongs to neither part: at the moment of the cut nobody
        could have learned from it, and the holdout asks what was not yet known then. A row that was corrected after the
        cut trains as it was known then, and judges as it is known now.
        """
        ...

    def span(self, part: Part) -> Span:
        """How many rows a part has, and of when."""
        ...

    def column(self, part: Part, name: str) -> list[Any]:
        """A column of a part as Python values, oldest row first; None where missing."""
        ...

    def labels(self, part: Part) -> npt.NDArray[Any]:
        """(rows,) the labels of a part as the dataset holds them, oldest row first; none is missing."""
        ...

    def columns(self, names: Sequence[str]) -> dict[str, Any]:
        """Columns of both parts together, as (rows,) numpy arrays, masked where missing."""
        ...

    def write_parquet(self, part: Part, names: Sequence[str], path: Path) -> None:
        """A part as Parquet: ``_event_time``, ``_label`` and ``names``, oldest row first."""
        ...

    def write_instances(self, fields: Mapping[str, FieldType], path: Path) -> None:
        """The holdout, oldest first: lines of {"instance": as a client sends it, "label": ..., "known_at": ...}."""
        ...


class Engine(Protocol):
    """What makes training sets of plans."""

    def training_rows(self, folder: Path) -> AbstractContextManager[TrainingRows]:
        """Rows read from files in ``folder``, where what exceeds the memory is spilled."""
        ...


class StoredRows(Protocol):
    """Rows of a training set, read again where a candidate is trained."""

    def columns(self, path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Columns that ``write_parquet`` wrote, rows in the file's order; one that holds nulls is a masked array."""
        ...
