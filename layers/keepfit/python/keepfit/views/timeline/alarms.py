"""The alarms of a timeline: when each was raised, and when it went back to OK."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from keepfit.instants import from_iso
from keepfit.monitoring.ports import AlarmState
from keepfit.training.runs.run import Suppression, TrainingRun
from keepfit.training.runs.triggers import Trigger
from keepfit.views.timeline.axis import TimeAxis
from keepfit.views.timeline.windows import TimelineWindow

# So much an alarm's change of state and the event about it may be apart.
_APART: Final = timedelta(minutes=5)


class AlarmSpan(msgspec.Struct, frozen=True, kw_only=True):
    """One time that an alarm sounded.

    ``back_at`` is the first run of the monitor that found nothing any more; None while it ``stands``, and where nothing
    that is stored says when it went back.
    """

    alarm: str
    raised_at: datetime
    back_at: datetime | None
    stands: bool
    shown_from: datetime
    shown_to: datetime | None
    found: list[str] = []


def drift_alarms(windows: Sequence[TimelineWindow], alarm: str, axis: TimeAxis) -> list[AlarmSpan]:
    """The times that the drift alarm sounded, by what the monitor found and knew of it."""
    spans, found = list[AlarmSpan](), list[str]()
    raised: datetime | None = None
    for window in sorted(windows, key=lambda each: each.ran_at):
        if window.worst_drift is None:
            continue
        if not window.drifted:
            if raised is not None:
                spans.append(_span(alarm, raised, window.ran_at, found, axis))
            raised, found = None, []
            continue
        raised = raised or _known(window, spans[-1].back_at if spans else None)
        found = [*found, *(name for name in window.drifted if name not in found)]
    if raised is not None:
        spans.append(_span(alarm, raised, None, found, axis))
    return spans


def _known(window: TimelineWindow, back: datetime | None) -> datetime:
    """Since when the alarm of a first window stands: for long, where earlier ones were not read."""
    since = window.alarm_standing_since
    return since if since is not None and (back is None or since > back) else window.ran_at


def decay_alarms(windows: Sequence[TimelineWindow], axis: TimeAxis) -> list[AlarmSpan]:
    """The times that alarms on decay sounded, by what the monitor knew of them."""
    spans, raised = list[AlarmSpan](), dict[str, datetime]()
    for window in sorted(windows, key=lambda each: each.ran_at):
        if window.decay_alarms is None:
            continue
        for alarm in [name for name in raised if name not in window.decay_alarms]:
            spans.append(_span(alarm, raised.pop(alarm), window.ran_at, [], axis))
        raised = {**window.decay_alarms, **raised}
    return [*spans, *(_span(alarm, since, None, [], axis) for alarm, since in raised.items())]


def asking_alarms(
    runs: Iterable[TrainingRun],
    suppressions: Iterable[Suppression],
    states: Mapping[str, AlarmState],
    axis: TimeAxis,
) -> list[AlarmSpan]:
    """The times that alarms in ``states`` sounded, by the triggers that they became."""
    triggers = [*(run.trigger for run in runs), *(one.trigger for one in suppressions)]
    raised = {
        (alarm, _raised_at(trigger))
        for trigger in triggers
        if trigger.kind == "alarm" and (alarm := str(trigger.detail.get("alarm"))) in states
    }
    newest = {alarm: max(at for name, at in raised if name == alarm) for alarm, _ in raised}
    return [
        AlarmSpan(
            alarm=alarm,
            raised_at=at,
            back_at=None,
            stands=states[alarm] == "ALARM" and at == newest[alarm],
            shown_from=axis.place(at),
            shown_to=None,
        )
        for alarm, at in sorted(raised, key=lambda each: each[1])
    ]


def together(known: Sequence[AlarmSpan], asking: Iterable[AlarmSpan]) -> list[AlarmSpan]:
    """The spans that are ``known``, and of those of triggers the ones that none of them covers."""

    def covered(span: AlarmSpan) -> bool:
        return any(
            each.alarm == span.alarm
            and each.raised_at - _APART <= span.raised_at
            and (each.back_at is None or span.raised_at <= each.back_at)
            for each in known
        )

    return [*known, *(span for span in asking if not covered(span))]


def _raised_at(trigger: Trigger) -> datetime:
    since = trigger.detail.get("since")
    return from_iso(since) if since else trigger.at


def _span(alarm: str, raised: datetime, back: datetime | None, found: list[str], axis: TimeAxis) -> AlarmSpan:
    return AlarmSpan(
        alarm=alarm,
        raised_at=raised,
        back_at=back,
        stands=back is None,
        shown_from=axis.place(raised),
        shown_to=None if back is None else axis.place(back),
        found=found,
    )
