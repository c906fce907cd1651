"""The view of a model's timeline: what moved, what was done about it, and whether it helped."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from keepfit.layout import ModelScope
from keepfit.monitoring.metrics import DECAY, ESTIMATED_DECAY
from keepfit.monitoring.outcomes.report import PerformanceReport
from keepfit.registry.ledger import gains
from keepfit.views.stores import ModelStores
from keepfit.views.timeline.actions import (
    AliasMove,
    GainMark,
    IncidentSpan,
    Refusals,
    Serving,
    TrainingMark,
    alias_moves,
    gain_marks,
    incident_spans,
    refusals,
    serving,
    trainings,
)
from keepfit.views.timeline.alarms import (
    AlarmSpan,
    asking_alarms,
    decay_alarms,
    drift_alarms,
    together,
)
from keepfit.views.timeline.axis import AxisName, TimeAxis, likely_axis
from keepfit.views.timeline.columns import (
    ColumnHistory,
    Histogram,
    PredictedHistory,
    column_histories,
    predicted_histories,
    worst_histograms,
)
from keepfit.views.timeline.episodes import Episode, episodes
from keepfit.views.timeline.period import Asked
from keepfit.views.timeline.stored_reports import read_reports, stored_reports, thinned
from keepfit.views.timeline.windows import TimelineWindow, placed

MOST_REPORTS: Final = 400
"""So many are read and drawn: one for every day of a year, and more than a page is wide in letters."""
_MOST_ACTIONS: Final = 2_000


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A model from ``since`` to ``until``, oldest first, everything with its place on one ``axis``.

    By the ``clock`` that is when it happened; by the time of ``requests`` it is where the newest request was that the
    monitor had collected by then. Of the ``stored`` reports of this time ``read`` were read. ``performance`` is on
    outcomes; None where ``performance_note`` says why not.
    """

    model: str
    axis: AxisName
    since: datetime | None
    until: datetime | None
    stored: int
    read: int
    windows: list[TimelineWindow]
    columns: list[ColumnHistory]
    histograms: list[Histogram]
    predicted: list[PredictedHistory]
    alarms: list[AlarmSpan]
    trainings: list[TrainingMark]
    refusals: list[Refusals]
    moves: list[AliasMove]
    serving: list[Serving]
    gains: list[GainMark]
    incidents: list[IncidentSpan]
    episodes: list[Episode]
    performance: PerformanceReport | None = None
    performance_note: str | None = None


def read_timeline(
    stores: ModelStores, asked: Asked, *, axis: AxisName | None = None, most: int = MOST_REPORTS
) -> Timeline:
    """Reads the timeline of a model.

    Args:
        stores: of the model.
        asked: from when to when, on the axis.
        axis: by the clock or by the time of requests; None for the one that is likelier meant.
        most: reports to read.
    """
    reports = stored_reports(stores.lake, stores.model)
    scale = TimeAxis.of(axis or likely_axis(reports), reports)
    actions = _actions(stores, scale)
    period = asked.period([*map(scale.end_of, reports), *actions.instants])
    stored = [report for report in reports if period.holds(scale.end_of(report))]
    windows = placed(read_reports(stores.lake, thinned(stored, most)), scale)
    own, drift_alarm = [window for window, _ in windows], ModelScope(stores.model).drift_alarm
    sounded = [*drift_alarms(own, drift_alarm, scale), *together(decay_alarms(own, scale), actions.alarms)]
    alarms = [each for each in sounded if period.meets(each.shown_from, each.shown_to)]
    starts = [window.shown_from for window in own[:1]]
    return Timeline(
        model=stores.model,
        axis=scale.name,
        since=asked.since(period, [*starts, *filter(period.holds, actions.instants)]),
        until=period.end,
        stored=len(stored),
        read=len(own),
        windows=own,
        columns=column_histories(windows),
        histograms=worst_histograms(windows),
        predicted=predicted_histories(windows),
        alarms=alarms,
        trainings=[each for each in actions.trainings if period.holds(each.shown_at)],
        refusals=[each for each in actions.refusals if period.holds(each.shown_at)],
        moves=[each for each in actions.moves if period.holds(each.shown_at)],
        serving=[each for each in serving(actions.moves) if period.meets(each.shown_from, each.shown_to)],
        gains=[each for each in actions.gains if period.holds(each.shown_at)],
        incidents=[each for each in actions.incidents if period.meets(each.shown_from, each.shown_to)],
        episodes=episodes(
            alarms,
            drift_alarm,
            trainings=actions.trainings,
            refusals=actions.refusals,
            gains=actions.gains,
        ),
    )


class _Actions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was ever done."""

    trainings: list[TrainingMark]
    refusals: list[Refusals]
    moves: list[AliasMove]
    gains: list[GainMark]
    incidents: list[IncidentSpan]
    alarms: list[AlarmSpan]

    @property
    def instants(self) -> list[datetime]:
        """Where something was done, on the axis."""
        marks: list[Any] = [*self.trainings, *self.refusals, *self.moves, *self.gains]
        spans: list[Any] = [*self.incidents, *self.alarms]
        return [*(each.shown_at for each in marks), *(each.shown_from for each in spans)]


def _actions(stores: ModelStores, axis: TimeAxis) -> _Actions:
    runs, suppressions = stores.runs.newest(_MOST_ACTIONS), stores.runs.newest_suppressions(_MOST_ACTIONS)
    entries = [entry for chain in stores.ledger.chains() for entry in chain]
    scope = ModelScope(stores.model)
    states = stores.alarms.states([scope.decay_alarm(metric) for metric in (DECAY, ESTIMATED_DECAY)])
    return _Actions(
        trainings=trainings(runs, axis),
        refusals=refusals(suppressions, axis),
        moves=alias_moves(entries, axis),
        gains=gain_marks(gains(entries), axis),
        incidents=incident_spans(stores.runs.admission().incidents, axis),
        alarms=asking_alarms(runs, suppressions, states, axis),
    )
