"""The part of a definition about answers: decision, calibration, interval."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

CalibrationKind = Literal["none", "sigmoid", "isotonic"]


class Cost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a wrong decision costs, in any unit."""

    false_positive: Annotated[float, Meta(gt=0, description="of true for what is false")]
    false_negative: Annotated[float, Meta(gt=0, description="of false for what is true")]


class DecisionDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The threshold of a decision: written, or chosen by one of these on rows that validate."""

    threshold: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None, Meta(description="from this probability on, 0 to 1")
    ] = None
    maximize: Annotated[
        str | None, Meta(description="where this metric is highest: `f1`, `accuracy`, `balanced_accuracy`")
    ] = None
    cost: Annotated[Cost | None, Meta(description="where wrong decisions cost least")] = None

    @property
    def named(self) -> list[str]:
        """The keys that are given; one should be."""
        return [name for name in self.__struct_fields__ if getattr(self, name) is not None]

    @property
    def needs_rows(self) -> bool:
        """Whether rows have to tell the threshold."""
        return self.threshold is None


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """All that a candidate's answers are settled by, beside its model.

    ``calibration`` None lets unseen rows choose; ``interval`` is the share of values that intervals shall hold.
    """

    decision: DecisionDefinition | None = None
    calibration: CalibrationKind | None = None
    interval: float | None = None
