"""The definition of a model's evaluation: the columns whose groups of rows are looked at."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class EvaluationDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts of the holdout on which a model is measured too, beside the worst, which are searched."""

    slices: Annotated[
        list[str],
        Meta(
            description="fields or features for whose values, or bins of numbers, the metric is reported; the model "
            "need not see them"
        ),
    ] = []
    fairness: Annotated[
        list[str],
        Meta(
            description="fields or features between whose values the rates of answers are compared: selection, true "
            "positive and false positive rate, and calibration; the model need not see them"
        ),
    ] = []
    minimum_rows: Annotated[
        int, Meta(ge=20, description="a slice with fewer rows is not measured, nor found by the search")
    ] = 50

    @property
    def columns(self) -> list[str]:
        """Every column that is named, each once."""
        return list(dict.fromkeys([*self.slices, *self.fairness]))
