"""The events of a timeline in words, oldest first."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from cli.rendering.trigger_words import trigger_words
from keepfit.views.timeline.actions import AliasMove, IncidentSpan, Refusals, TrainingMark
from keepfit.views.timeline.alarms import AlarmSpan
from keepfit.views.timeline.timeline import Timeline


class Event(NamedTuple):
    """What happened, by the clock and on the axis."""

    at: datetime
    shown_at: datetime
    what: str
    why: str


def timeline_events(timeline: Timeline) -> list[Event]:
    """Everything that happened to the model, but for runs of the monitor that found nothing new."""
    found = [
        *(event for alarm in timeline.alarms for event in _alarm(alarm)),
        *(_training(each) for each in timeline.trainings),
        *(_refusals(each) for each in timeline.refusals),
        *(_move(each) for each in timeline.moves),
        *(
            Event(
                each.gain.measured_at,
                each.shown_at,
                f"gain of version {each.gain.version} measured",
                each.gain.in_words(),
            )
            for each in timeline.gains
        ),
        *(event for incident in timeline.incidents for event in _incident(incident)),
    ]
    return sorted(found, key=lambda event: event.at)


def _alarm(alarm: AlarmSpan) -> list[Event]:
    raised = Event(alarm.raised_at, alarm.shown_from, f"{alarm.alarm}: ALARM", ", ".join(alarm.found))
    if alarm.back_at is None or alarm.shown_to is None:
        return [raised]
    return [
        raised,
        Event(alarm.back_at, alarm.shown_to, f"{alarm.alarm}: OK", "nothing has drifted any more"),
    ]


def _training(training: TrainingMark) -> Event:
    version = "" if training.version is None else f", version {training.version}"
    ended = ": ".join(filter(None, [training.outcome or "under way", training.reason]))
    what = f"training by {trigger_words(training.trigger)}{version}"
    return Event(training.started_at, training.shown_at, what, ended)


def _refusals(refused: Refusals) -> Event:
    times = "" if refused.times == 1 else f", {refused.times:,} times until {refused.last_at:%Y-%m-%d %H:%M}"
    return Event(
        refused.first_at, refused.shown_at, f"no training for {refused.cause}{times}", refused.reason
    )


def _move(move: AliasMove) -> Event:
    share = "" if move.weight in (0, 1) else f", {move.weight:.0%} of requests"
    return Event(
        move.at, move.shown_at, f"{move.action} version {move.version}{share}", f"{move.who}: {move.why}"
    )


def _incident(span: IncidentSpan) -> list[Event]:
    incident = span.incident
    opened = Event(incident.opened_at, span.shown_from, f"incident: {incident.kind}", incident.reason)
    if incident.closed_at is None or span.shown_to is None:
        return [opened]
    by = ": ".join(filter(None, [incident.closed_by, incident.why]))
    return [opened, Event(incident.closed_at, span.shown_to, "incident closed", by)]
