"""Splits of rows into training, validation and holdout, as data that engines carry out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from keepfit.instants import Duration

MAX_CROSS_VALIDATED_ROWS = 5_000
"""Of up to so many rows that can train, candidates are compared in several folds, else in one."""
FOLDS = 5
MIN_VALIDATION_ROWS = 1_000
"""One fold has at least so many rows."""
MIN_VALIDATION_SHARE = 0.2
"""Where the holdout is a duration: a week chooses by its own weather."""
MAX_VALIDATION_ROWS = 100_000
"""Of more rows that validate, a drawn sample of so many does."""
_GROUP = "group:"
_KINDS = "write 'time', 'random', or 'group:' and the name of a field"


@dataclass(frozen=True, slots=True)
class Split:
    """The kind of split: ``time``, ``random``, or ``group``, no value of ``field`` in two parts.

    >>> Split.parse("group:patient")
    Split(kind='group', field='patient')
    >>> str(Split.parse("time"))
    'time'
    """

    kind: Literal["time", "random", "group"]
    field: str | None = None

    @classmethod
    def parse(cls, text: object) -> Split:
        """Raises ValueError for anything but "time", "random" and "group:<field>"."""
        if text == "time":
            return cls("time")
        if text == "random":
            return cls("random")
        if isinstance(text, str) and text.startswith(_GROUP) and len(text) > len(_GROUP):
            return cls("group", text.removeprefix(_GROUP))
        raise ValueError(f"{text!r} is no split: {_KINDS}")

    def __str__(self) -> str:
        return f"{_GROUP}{self.field}" if self.field else self.kind


@dataclass(frozen=True, slots=True)
class Portion:
    """How much is parted off: a share of the rows, above 0 and below 1, or the newest by a duration.

    >>> Portion.parse("14d").duration
    Duration(1209600)
    >>> str(Portion.parse(0.2))
    '0.2'
    """

    share: float | None = None
    duration: Duration | None = None

    @classmethod
    def parse(cls, value: object) -> Portion:
        """Raises ValueError for anything but a share and a duration."""
        if isinstance(value, str):
            return cls(duration=Duration.parse(value))
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            if 0 < value < 1:
                return cls(share=float(value))
            raise ValueError(f"a share of {value:g} leaves a part without rows: write one between 0 and 1")
        raise ValueError(f"{value!r} is neither a share such as 0.2 nor a duration such as '14d'")

    def __str__(self) -> str:
        return str(self.duration or self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPlan:
    """How the rows of a training set are parted.

    Args:
        by: what parts them.
        holdout: how much judges; a duration only where time parts.
        max_rows: of more rows that can train, a drawn sample of so many does.
        seed: of everything that is drawn.
        stratified: whether a drawn part takes its share of each label.
    """

    by: Split
    holdout: Portion
    max_rows: int
    seed: int
    stratified: bool
