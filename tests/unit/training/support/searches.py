"""Records of searches as trials leave them, without a fit."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.training.search.record import Measurement, Outcome, SearchRecord, SearchTrial
from keepfit.training.search.round_sizes import ALL_ROWS


def measurement(value: float = 0.5, *, share: float = ALL_ROWS) -> Measurement:
    """A value that some fits had."""
    return Measurement(share=share, rows=700, round=1, value=value, seconds=1.0)


def trial(
    number: int, value: float = 0.5, *, outcome: Outcome = "measured", **parameters: Any
) -> SearchTrial:
    """A trial that was measured on all rows."""
    return SearchTrial(
        number=number, parameters=parameters, measurements=[measurement(value)], outcome=outcome
    )


def record(*trials: SearchTrial, **changes: Any) -> SearchRecord:
    """The record of trials of boosting, of which the second is the best."""
    made = SearchRecord(
        candidate="boosting",
        engine="tpe",
        metric="roc_auc",
        greater_is_better=True,
        planned=len(trials),
        seconds=3.0,
        ended_by="trials",
        best=1,
        trials=list(trials),
    )
    return msgspec.structs.replace(made, **changes)
