"""Estimated performance as documents, readable without numpy."""

from __future__ import annotations

import msgspec


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The value of a metric, estimated without outcomes.

    ``interval`` is where the value on the outcomes of the same predictions lies in 95 of 100 windows, as long as what
    the holdout showed of answers is still true of them.
    """

    value: float
    interval: tuple[float, float]

    def holds(self, value: float) -> bool:
        """Whether a value is in the interval."""
        return self.interval[0] <= value <= self.interval[1]


class EstimatedPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """The estimated performance of one version on predictions of a window.

    Args:
        metric: that judges the model.
        rows: predictions that it is estimated of.
        estimate: of the metric; None where there is none, see ``note``.
        judged: the metric on the holdout that the version was judged by.
        decay: by how much the estimate is worse than that at least; None without both.
        figures: estimates of every metric of the task.
        method: how it is estimated.
        note: why it is not.
    """

    metric: str
    rows: int
    estimate: Estimate | None = None
    judged: float | None = None
    decay: float | None = None
    figures: dict[str, Estimate] = {}
    method: str = ""
    note: str | None = None


def estimated_words(found: EstimatedPerformance) -> str:
    """An estimate beside what was judged, or why there is none, for people."""
    if found.estimate is None:
        return f"not: {found.note}"
    low, high = found.estimate.interval
    judged = "" if found.judged is None else f"; {found.judged:.4f} when judged"
    return f"{found.metric} {found.estimate.value:.4f} ({low:.4f} to {high:.4f}){judged}"
