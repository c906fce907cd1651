"""The specification of a model's task, readable without numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

_FORMER_NAMES: Final = {"classification": "binary"}


class IntervalSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a value may lie from its prediction, below and above, for a share ``level`` of rows.

    ``low`` and ``high`` are added to a prediction, or multiplied with it where ``is_factor``. ``coverage`` is the share
    of the holdout's rows that intervals held.
    """

    level: float
    low: float
    high: float
    is_factor: bool = False
    coverage: float | None = None


class TaskSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that turns a model's outputs into an answer; ``kind`` names the task.

    ``classes`` are those that a model tells apart, in the order of its outputs, where the label does not fix them.
    ``threshold`` is the probability from which on true is predicted, one half without; ``interval`` is answered with
    each value.
    """

    kind: str
    classes: list[str | int] | None = None
    threshold: float | None = None
    interval: IntervalSpec | None = None

    def judged(self, metrics: Mapping[str, float]) -> TaskSpec:
        """The specification with what the ``metrics`` on the holdout show of it."""
        coverage = metrics.get("interval_coverage")
        if self.interval is None or coverage is None:
            return self
        interval = msgspec.structs.replace(self.interval, coverage=coverage)
        return msgspec.structs.replace(self, interval=interval)


BINARY: Final = TaskSpec(kind="binary")
"""What a signature without a task means: there was no other."""


def kind_of(name: str) -> str:
    """The present name of a task, for any name that it ever had."""
    return _FORMER_NAMES.get(name, name)
