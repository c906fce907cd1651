"""Incidents: what stopped the automatic trainings of a model, until a person or a success ends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from keepfit.training.runs.triggers import Cause, Trigger

TRAINING_FAILED: Final = "training failed"
NO_GAIN: Final = "no gain"
IncidentKind = Literal["training failed", "no gain"]
"""Trainings that keep failing, or retrainings of one cause that keep helping nothing."""

_MOST_CLOSED = 20
_MOST_RUNS = 20


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, open until ``closed_at``.

    ``cause`` is that of the trigger that could not be answered, ``trigger`` is asked again when a person closes the
    incident. ``runs`` are the runs that came to nothing, the newest last; ``attempts`` counts them all, and ``reason``
    is what the newest said. One about ``no gain`` stops trainings of its cause alone.
    """

    kind: IncidentKind
    opened_at: datetime
    cause: Cause
    trigger: Trigger
    attempts: int
    runs: list[str]
    reason: str
    closed_at: datetime | None = None
    closed_by: str | None = None
    why: str | None = None


def open_incident(
    incidents: Sequence[Incident], kind: IncidentKind, cause: Cause | None = None
) -> Incident | None:
    """The open incident of this kind, and of ``cause`` where one is given; None without one."""
    found = (each for each in open_incidents(incidents) if each.kind == kind)
    return next((each for each in found if cause in (None, each.cause)), None)


def open_incidents(incidents: Sequence[Incident]) -> list[Incident]:
    """Those that are open, the oldest first."""
    return [each for each in incidents if each.closed_at is None]


def opened(incidents: Sequence[Incident], incident: Incident) -> list[Incident]:
    """``incidents`` with one more; of those that are closed, the newest are kept."""
    closed = [each for each in incidents if each.closed_at is not None]
    forgotten = closed[:-_MOST_CLOSED]
    return [*(each for each in incidents if each not in forgotten), incident]


def once_more(incidents: Sequence[Incident], *, run_id: str, reason: str) -> list[Incident]:
    """``incidents`` where the open one about failed trainings, if any, counts another run."""
    return [
        msgspec.structs.replace(
            each, attempts=each.attempts + 1, runs=[*each.runs, run_id][-_MOST_RUNS:], reason=reason
        )
        if each.kind == TRAINING_FAILED and each.closed_at is None
        else each
        for each in incidents
    ]


def closed(
    incidents: Sequence[Incident],
    *,
    at: datetime,
    by: str,
    why: str,
    kind: IncidentKind | None = None,
) -> list[Incident]:
    """``incidents`` where those that are open, of ``kind`` or all, are closed."""
    return [
        msgspec.structs.replace(each, closed_at=at, closed_by=by, why=why)
        if each.closed_at is None and kind in (None, each.kind)
        else each
        for each in incidents
    ]
