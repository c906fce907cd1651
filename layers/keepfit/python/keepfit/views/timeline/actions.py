"""What was done about a model: trainings and their reasons, moves of the alias, gains, incidents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from keepfit.registry.gain import LaterGain
from keepfit.registry.ledger import Entry, moves
from keepfit.training.runs.incidents import Incident
from keepfit.training.runs.run import Suppression, TrainingRun
from keepfit.training.runs.triggers import Cause, Trigger
from keepfit.views.timeline.axis import TimeAxis


class TrainingMark(msgspec.Struct, frozen=True, kw_only=True):
    """A training run; ``outcome`` is None while it is under way, ``version`` what it registered."""

    run_id: str
    cause: Cause
    trigger: Trigger
    started_at: datetime
    shown_at: datetime
    outcome: str | None
    reason: str | None
    version: int | None


class Refusals(msgspec.Struct, frozen=True, kw_only=True):
    """Triggers of one cause that started no training for one reason, one after another."""

    cause: Cause
    reason: str
    times: int
    first_at: datetime
    last_at: datetime
    shown_at: datetime


class AliasMove(msgspec.Struct, frozen=True, kw_only=True):
    """A move of the alias: a canary, a promotion, a roll-back."""

    at: datetime
    shown_at: datetime
    action: str
    version: int
    weight: float
    who: str
    why: str
    run_id: str | None


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a version answered the share ``weight`` of requests; None for the present."""

    version: int
    weight: float
    since: datetime
    until: datetime | None
    shown_from: datetime
    shown_to: datetime | None


class GainMark(msgspec.Struct, frozen=True, kw_only=True):
    """A gain that was measured later."""

    shown_at: datetime
    gain: LaterGain


class IncidentSpan(msgspec.Struct, frozen=True, kw_only=True):
    """An incident; ``shown_to`` is None while it is open."""

    shown_from: datetime
    shown_to: datetime | None
    incident: Incident


def trainings(runs: Iterable[TrainingRun], axis: TimeAxis) -> list[TrainingMark]:
    """The runs, oldest first."""
    return [
        TrainingMark(
            run_id=run.run_id,
            cause=run.trigger.cause,
            trigger=run.trigger,
            started_at=run.started_at,
            shown_at=axis.place(run.started_at),
            outcome=run.outcome,
            reason=run.reason,
            version=run.version,
        )
        for run in sorted(runs, key=lambda each: each.started_at)
    ]


def refusals(suppressions: Iterable[Suppression], axis: TimeAxis) -> list[Refusals]:
    """The suppressed triggers, oldest first; equal ones in a row are one."""
    found = list[Refusals]()
    for one in sorted(suppressions, key=lambda each: each.at):
        last = found[-1] if found else None
        if last is not None and (last.cause, last.reason) == (one.trigger.cause, one.reason):
            found[-1] = msgspec.structs.replace(last, times=last.times + 1, last_at=one.at)
            continue
        found.append(
            Refusals(
                cause=one.trigger.cause,
                reason=one.reason,
                times=1,
                first_at=one.at,
                last_at=one.at,
                shown_at=axis.place(one.at),
            )
        )
    return found


def alias_moves(entries: Sequence[Entry], axis: TimeAxis) -> list[AliasMove]:
    """The moves of the alias, oldest first."""
    return [
        AliasMove(
            at=entry.at,
            shown_at=axis.place(entry.at),
            action=entry.action,
            version=entry.version,
            weight=entry.weight,
            who=entry.who,
            why=entry.why,
            run_id=entry.run_id,
        )
        for entry in moves(entries)
    ]


def serving(moved: Sequence[AliasMove]) -> list[Serving]:
    """Which version answered when, by the moves of the alias."""
    found = list[Serving]()
    champion: AliasMove | None = None
    canary: AliasMove | None = None
    for move in moved:
        if canary is not None:
            found.append(_served(canary, move))
            canary = None
        if move.weight == 1:
            if champion is not None:
                found.append(_served(champion, move))
            champion = move
        elif move.weight > 0:
            canary = move
    found.extend(_served(each, None) for each in (champion, canary) if each is not None)
    return sorted(found, key=lambda each: each.since)


def _served(begin: AliasMove, end: AliasMove | None) -> Serving:
    return Serving(
        version=begin.version,
        weight=begin.weight,
        since=begin.at,
        until=end.at if end else None,
        shown_from=begin.shown_at,
        shown_to=end.shown_at if end else None,
    )


def gain_marks(gains: Iterable[LaterGain], axis: TimeAxis) -> list[GainMark]:
    """The measured gains, oldest first."""
    ordered = sorted(gains, key=lambda gain: gain.measured_at)
    return [GainMark(shown_at=axis.place(gain.measured_at), gain=gain) for gain in ordered]


def incident_spans(incidents: Iterable[Incident], axis: TimeAxis) -> list[IncidentSpan]:
    """The incidents, oldest first."""
    return [
        IncidentSpan(
            shown_from=axis.place(each.opened_at),
            shown_to=axis.place(each.closed_at) if each.closed_at else None,
            incident=each,
        )
        for each in sorted(incidents, key=lambda each: each.opened_at)
    ]
