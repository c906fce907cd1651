"""Episodes: each time that an alarm sounded, with what was done about it and whether that helped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from keepfit.registry.gain import LaterGain
from keepfit.training.runs.run import RELEASED
from keepfit.training.runs.triggers import Cause
from keepfit.views.timeline.actions import GainMark, Refusals, TrainingMark
from keepfit.views.timeline.alarms import AlarmSpan


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm from its raising on; it lies from ``shown_from`` to ``shown_to`` on the axis.

    ``found`` are the columns that had drifted, ``runs`` the trainings that it caused with their outcomes, ``refused``
    why others were not begun. ``released`` are the versions that came of it, and ``gains`` what those gained.
    """

    alarm: str
    raised_at: datetime
    back_at: datetime | None
    stands: bool
    shown_from: datetime
    shown_to: datetime | None
    found: list[str]
    runs: dict[str, str | None]
    refused: list[str]
    released: list[int]
    gains: list[LaterGain]


def episodes(
    alarms: Sequence[AlarmSpan],
    drift_alarm: str,
    *,
    trainings: Sequence[TrainingMark],
    refusals: Sequence[Refusals],
    gains: Sequence[GainMark],
) -> list[Episode]:
    """The episodes, oldest first; a training belongs to the last alarm of its cause before it."""
    ordered = sorted(alarms, key=lambda each: each.raised_at)
    found = []
    for place, alarm in enumerate(ordered):
        cause: Cause = "drift" if alarm.alarm == drift_alarm else "decay"
        later = (
            each.raised_at
            for each in ordered[place + 1 :]
            if (each.alarm == drift_alarm) == (cause == "drift")
        )
        end = next(later, None)

        def within(at: datetime, start: datetime = alarm.raised_at, end: datetime | None = end) -> bool:
            return at >= start and (end is None or at < end)

        runs = [each for each in trainings if each.cause == cause and within(each.started_at)]
        refused = [each.reason for each in refusals if each.cause == cause and within(each.first_at)]
        released = [each.version for each in runs if each.version is not None and each.outcome == RELEASED]
        found.append(
            Episode(
                alarm=alarm.alarm,
                raised_at=alarm.raised_at,
                back_at=alarm.back_at,
                stands=alarm.stands,
                shown_from=alarm.shown_from,
                shown_to=alarm.shown_to,
                found=alarm.found,
                runs={each.run_id: each.outcome for each in runs},
                refused=list(dict.fromkeys(refused)),
                released=released,
                gains=[each.gain for each in gains if each.gain.version in released],
            )
        )
    return found
