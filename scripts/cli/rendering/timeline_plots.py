"""The plots of a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from keepfit.pages.markup import Html
from keepfit.pages.page import keys
from keepfit.pages.plots.heat_map import Cell, Row, heat_map
from keepfit.pages.plots.lanes import Bar, Lane, Mark, Shape, lanes
from keepfit.pages.plots.time_axis import Moment, Span
from keepfit.pages.style import colour
from keepfit.training.runs.run import RELEASED
from keepfit.views.timeline.actions import GainMark, TrainingMark
from keepfit.views.timeline.columns import ColumnHistory
from keepfit.views.timeline.timeline import Timeline

_MOST_ROWS: Final = 30
_LEAST_CHANCE: Final = 1e-9


def span_of(timeline: Timeline) -> Span | None:
    """The time that the plots show; None where nothing happened."""
    if timeline.since is None or timeline.until is None:
        return None
    return Span(timeline.since, timeline.until)


def moments(timeline: Timeline) -> list[Moment]:
    """The releases, which every plot shows; of several at one place the last is named."""
    promoted = {move.shown_at: move.version for move in timeline.moves if move.weight == 1}
    return [Moment(at=at, kind=colour(version), name=f"v{version}") for at, version in promoted.items()]


def actions_plot(timeline: Timeline, span: Span, lines: Sequence[Moment]) -> list[Html]:
    """Alarms, trainings, what served, gains and incidents, one below the other."""
    rows = [_alarms(timeline), _trainings(timeline), _serving(timeline)]
    rows += [lane for lane in (_gains(timeline.gains), _incidents(timeline)) if lane is not None]
    names = [
        ("ALARM", "bad"),
        ("● released, ▲ gain", "good"),
        ("○ came to nothing, ▲▼ unsure", "base"),
        ("▼ loss", "bad"),
    ]
    return [keys(names), lanes(rows, span, moments=lines, words="What was done about the model")]


def _alarms(timeline: Timeline) -> Lane:
    lasting = [each for each in timeline.alarms if each.shown_to is not None or each.stands]
    bars = [Bar(start=each.shown_from, end=each.shown_to, kind="bad") for each in lasting]
    marks = [
        Mark(at=each.shown_from, kind="bad", shape="cross") for each in timeline.alarms if each not in lasting
    ]
    words = [
        f"{each.alarm} from {_day(each.shown_from)}"
        + (f" to {_day(each.shown_to)}" if each.shown_to else ", stands" if each.stands else "")
        for each in timeline.alarms
    ]
    return Lane(name="alarms", bars=bars, marks=marks, words=", ".join(words))


def _trainings(timeline: Timeline) -> Lane:
    words = (
        f"{_day(each.shown_at)} by {each.cause}, {each.outcome or 'under way'}" for each in timeline.trainings
    )
    return Lane(
        name="trainings", marks=[_training(each) for each in timeline.trainings], words=", ".join(words)
    )


def _training(training: TrainingMark) -> Mark:
    won = training.outcome == RELEASED
    return Mark(at=training.shown_at, kind="good" if won else "base", shape="dot" if won else "ring")


def _serving(timeline: Timeline) -> Lane:
    bars = [
        Bar(
            start=each.shown_from,
            end=each.shown_to,
            kind=colour(each.version),
            name=f"v{each.version}" if each.weight == 1 else "",
            strong=each.weight == 1,
        )
        for each in sorted(timeline.serving, key=lambda each: -each.weight)
    ]
    words = (
        f"version {each.version}{'' if each.weight == 1 else f' as a canary of {each.weight:.0%}'} from "
        f"{_day(each.shown_from)}"
        for each in timeline.serving
    )
    return Lane(name="serves", bars=bars, words=", ".join(words))


def _gains(gains: Sequence[GainMark]) -> Lane | None:
    def mark(each: GainMark) -> Mark:
        shape: Shape = "up" if each.gain.gain >= 0 else "down"
        kind = "good" if each.gain.is_gain else "bad" if each.gain.is_loss else "base"
        return Mark(
            at=each.shown_at, kind=kind, shape=shape, name=f"v{each.gain.version} {each.gain.gain:+.3f}"
        )

    words = (f"version {each.gain.version} {each.gain.in_words()}" for each in gains)
    return (
        Lane(name="gain, measured", marks=list(map(mark, gains)), words=", ".join(words)) if gains else None
    )


def _incidents(timeline: Timeline) -> Lane | None:
    if not timeline.incidents:
        return None
    bars = [Bar(start=each.shown_from, end=each.shown_to, kind="bad") for each in timeline.incidents]
    words = (f"{each.incident.kind} from {_day(each.shown_from)}" for each in timeline.incidents)
    return Lane(name="incidents", bars=bars, words=", ".join(words))


def drift_plot(timeline: Timeline, span: Span, lines: Sequence[Moment]) -> Html:
    """Columns by time, the worst column first."""
    rows = [_row(each, timeline) for each in timeline.columns[:_MOST_ROWS]]
    words = f"Drift score of {len(rows)} columns over the threshold, window by window"
    return heat_map(rows, span, moments=lines, words=words)


def _row(history: ColumnHistory, timeline: Timeline) -> Row:
    cells = [
        Cell(start=window.shown_from, end=window.shown_to, level=score / (window.threshold or _LEAST_CHANCE))
        for score, window in zip(history.scores, timeline.windows, strict=True)
        if score is not None
    ]
    drifted = [cell for cell in cells if cell.level >= 1]
    words = f"worst {history.worst:.2f}"
    if history.ignored:
        words = f"ignored, {words}"
    elif drifted:
        words = f"{words}, drifted in {len(drifted)} of {len(cells)} windows, first to {_day(drifted[0].end)}"
    return Row(name=history.column, cells=cells, counts=not history.ignored, words=words)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
