"""A timeline as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from cli.rendering.tables import facts, table
from cli.rendering.timeline_events import timeline_events
from keepfit.views.timeline.episodes import Episode
from keepfit.views.timeline.timeline import Timeline

AXES: Final = {
    "clock": "by the clock",
    "requests": "by the time of requests: what was done lies where the newest request was that the monitor had then",
}
EPISODE_COLUMNS: Final = (
    "raised",
    "alarm",
    "what moved",
    "trainings",
    "released",
    "back to OK",
    "gain, measured later",
)
_MOST_EVENTS: Final = 40
_MOST_COLUMNS: Final = 12
_MOST_FOUND: Final = 4


def timeline_tables(timeline: Timeline) -> tuple[Any, ...]:
    """The timeline in parts: overview, episodes, columns that moved farthest, newest events."""
    events = timeline_events(timeline)
    shown = events[-_MOST_EVENTS:]
    title = "Events" if len(shown) == len(events) else f"Events, the last {len(shown)} of {len(events):,}"
    columns = [
        (each.column, each.worst, "ignored" if each.ignored else times_over(each.scores, timeline))
        for each in timeline.columns[:_MOST_COLUMNS]
    ]
    return (
        facts(f"Timeline of {timeline.model}", overview(timeline)),
        table(
            "From alarm to gain",
            EPISODE_COLUMNS,
            map(episode_row, timeline.episodes),
            empty="no alarm sounded",
        ),
        table(
            "Drift by column",
            ["column", "worst score", "windows drifted"],
            columns,
            empty="nothing was judged",
        ),
        table(
            title, ["at", "what", "why"], [(e.at, e.what, e.why) for e in shown], empty="nothing happened yet"
        ),
    )


def overview(timeline: Timeline) -> Iterator[tuple[str, Any]]:
    """What the timeline covers, in pairs."""
    if timeline.since is not None and timeline.until is not None:
        yield "time", f"{timeline.since:%Y-%m-%d %H:%M} to {timeline.until:%Y-%m-%d %H:%M} UTC"
        yield "axis", AXES[timeline.axis]
    yield "reports of the monitor", reports_words(timeline)
    champion = next((each.version for each in reversed(timeline.serving) if each.weight == 1), None)
    if champion is not None:
        yield "champion", f"version {champion}"
    standing = [each.alarm for each in timeline.alarms if each.stands]
    yield "alarms that stand", ", ".join(standing) or "none"
    if timeline.performance_note is not None:
        yield "performance", timeline.performance_note


def reports_words(timeline: Timeline) -> str:
    """How many reports there are, and how many of them are shown."""
    if timeline.stored <= timeline.read:
        return f"{timeline.read:,}"
    return f"{timeline.read:,} of {timeline.stored:,}, evenly over the time"


def times_over(scores: list[float | None], timeline: Timeline) -> int:
    """In how many windows a column had drifted."""
    pairs = zip(scores, timeline.windows, strict=True)
    return sum(score is not None and score >= window.threshold for score, window in pairs)


def episode_row(episode: Episode) -> tuple[Any, ...]:
    """An alarm with its consequences, column by column."""
    outcomes = [outcome or "under way" for outcome in episode.runs.values()]
    refused = [] if outcomes else episode.refused[-1:]
    back = "stands" if episode.stands else "not on record"
    return (
        _minute(episode.shown_from),
        episode.alarm,
        found_words(episode.found),
        ", ".join([*outcomes, *(f"none: {reason}" for reason in refused)]),
        ", ".join(f"version {version}" for version in episode.released),
        back if episode.shown_to is None else _minute(episode.shown_to),
        ", ".join(gain.in_words() for gain in episode.gains) or ("not yet" if episode.released else ""),
    )


def found_words(found: list[str]) -> str:
    """The first columns, and how many more."""
    more = f" +{len(found) - _MOST_FOUND}" if len(found) > _MOST_FOUND else ""
    return ", ".join(found[:_MOST_FOUND]) + more


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
