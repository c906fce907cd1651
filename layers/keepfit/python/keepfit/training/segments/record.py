"""The record of a run's segments: what answers each and why, as a document."""

from __future__ import annotations

from collections import Counter

import msgspec


class SegmentRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A segment that was planned, and what answers it.

    Args:
        value: of the column that parts rows into segments.
        rows: how many train.
        validation_rows: how many of its own validated.
        candidate: whose algorithm its own model is of; None where the fallback answers.
        gain: how much less its own model loses than the fallback, per row that validates.
        error: the standard error of that.
        shrunken: the gain, drawn to none by how unsure it is.
        certainty: the probability that it is a gain.
        model_bytes: the size of its model.
        reason: why the fallback answers.
    """

    value: str
    rows: int
    validation_rows: int = 0
    candidate: str | None = None
    gain: float | None = None
    error: float | None = None
    shrunken: float | None = None
    certainty: float | None = None
    model_bytes: int = 0
    reason: str | None = None


class SegmentsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The segments of a model in short.

    Args:
        by: the column whose values they are.
        own: how many have a model of their own.
        planned: how many had rows enough for one.
        small: how many others there were among the rows that train.
        fallback: the candidate that answers all but ``own``.
        loss: what gains are measured in.
        candidates: how many of the models are each candidate's.
        reasons: why planned ones have none, and how many.
    """

    by: str
    own: int
    planned: int
    small: int
    fallback: str
    loss: str
    candidates: dict[str, int] = {}
    reasons: dict[str, int] = {}

    @property
    def told(self) -> str:
        """In a line, for people."""
        return (
            f"{self.own} of {self.planned + self.small} by {self.by} with a model of their own, {self.fallback} for "
            "all others"
        )


class SegmentsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``segments.json`` of a candidate: every planned segment, those with most rows first."""

    by: str
    fallback: str
    loss: str
    small: int
    small_rows: int
    segments: list[SegmentRecord]

    def summary(self) -> SegmentsSummary:
        """The record in short."""
        kept = Counter(each.candidate for each in self.segments if each.candidate is not None)
        reasons = Counter(each.reason or "" for each in self.segments if each.candidate is None)
        return SegmentsSummary(
            by=self.by,
            own=kept.total(),
            planned=len(self.segments),
            small=self.small,
            fallback=self.fallback,
            loss=self.loss,
            candidates=dict(sorted(kept.items())),
            reasons=dict(reasons.most_common(20)),
        )
