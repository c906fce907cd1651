"""Ports of the use cases: an engine for training sets, and their stored rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from keepfit.features.offline.plan import TrainingSetPlan
from keepfit.features.offline.split_plan import SplitPlan
from keepfit.features.schema.cell_form import FieldType
from keepfit.monitoring.screening.table import Uploads
from keepfit.training.training_set import Cut, Span

Part = Literal["train", "validation", "holdout"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "holdout")
FOLD, FROM_FOLD = "_fold", "_from_fold"
"""Columns of rows that train or validate, see ``TrainingRows.cut``."""


class TrainingRows(Protocol):
    """Labelled rows of one model, oldest first; ``collect``, then ``cut``, then read a part."""

    def collect(self, plan: TrainingSetPlan, parts: Mapping[str, Sequence[Path]]) -> int:
        """Joins features to the labelled rows of the window and derives columns.

        Returns the number of rows.

        ``parts`` are the Parquet files of each dataset that the plan reads.
        """
        ...

    def gaps(self, names: Sequence[str]) -> dict[str, int]:
        """The number of valid rows in which each of the columns ``names`` is missing."""
        ...

    def cut(self, split: SplitPlan) -> Cut:
        """Makes the parts, and counts every row that belongs to none by its reason; ``split`` is the plan's.

        By time, what happened before the cut and became known after it is left out: at the moment of the cut nobody
        could have learned from it, and the holdout asks what was not yet known then. A row that was corrected after the
        cut trains as it was known then, and judges as it is known now.

        Else rows train and judge as they are known now, and one that judged once never trains.

        Rows that validate are some of those that can train. In fold n, from 1, those with ``FOLD`` n validate, and of
        the others those train whose ``FROM_FOLD`` is at most n.
        """
        ...

    def trained_ids(self) -> npt.NDArray[np.uint64] | None:
        """(ids,) ascending, of the rows that train, for later runs; None for a split by time."""
        ...

    def span(self, part: Part) -> Span:
        """The number of rows in a part, and their time range."""
        ...

    def column(self, part: Part, name: str) -> list[Any]:
        """A column of a part as Python values, oldest row first; None where missing."""
        ...

    def labels(self, part: Part) -> npt.NDArray[Any]:
        """(rows,) the labels of a part as the dataset holds them, oldest row first; none is missing."""
        ...

    def columns(self, names: Sequence[str]) -> dict[str, Any]:
        """Columns of what trains and what judges together, as (rows,) numpy arrays, masked where missing."""
        ...

    def event_seconds(self) -> npt.NDArray[np.int64]:
        """(rows,) when the rows of ``columns`` happened, in seconds since 1970, ascending."""
        ...

    def write_parquet(self, part: Part, names: Sequence[str], path: Path) -> None:
        """Writes a part as Parquet: ``_event_time``, ``_label`` and ``names``, oldest row first.

        What trains or validates also has ``FOLD`` and ``FROM_FOLD``.
        """
        ...

    def write_instances(
        self, fields: Mapping[str, FieldType], path: Path, beside: Sequence[str] = ()
    ) -> None:
        """Writes the holdout, oldest first, a JSON object a row; see ``holdout.HoldoutRow``.

        ``ids`` are the row's, see ``trained_ids``, null where time parts rows; ``line`` is where it came from, the same
        in every run; ``beside`` are columns that no client sends.
        """
        ...


class Engine(Protocol):
    """Makes training sets from plans."""

    def training_rows(self, folder: Path) -> AbstractContextManager[TrainingRows]:
        """Rows read from files in ``folder``, which spill there what exceeds the memory."""
        ...


class FeatureJoins(Protocol):
    """Writes joins down that others carry out."""

    def write(
        self,
        folder: Path,
        plan: TrainingSetPlan,
        parts: Sequence[Path],
        *,
        addresses: Mapping[str, Sequence[str]],
        texts: Mapping[str, str],
        at: str,
    ) -> int:
        """Writes ``join_job.SPINE`` and ``join_job.JOB`` to ``folder``; the number of rows that ask.

        Args:
            folder: holds the ``parts`` too.
            plan: of the training set.
            parts: those of the plan's spine.
            addresses: of the files of each dataset whose rows are joined.
            texts: the SQL of the definition in the dialect of who carries it out, by DuckDB's.
            at: the address of the folder, with a slash at its end, from where both files are read.
        """
        ...


class UploadTables(Protocol):
    """Counts the uploads of one dataset for screening."""

    def count(self, parts: Sequence[Path]) -> Uploads:
        """The tables of uploads, given their good rows in Parquet files of one folder, the screened one last."""
        ...


class StoredRows(Protocol):
    """Reads the rows of a training set where a candidate is trained."""

    def columns(self, path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Reads columns that ``write_parquet`` wrote, in order; nulls make a masked array."""
        ...
