"""Who is affected by drift, and since when, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.rendering.tables import facts, table
from keepfit.views.timeline.since import DriftedSince

if TYPE_CHECKING:  # numpy, for who looks at requests
    from keepfit.application.affected_requests import AffectedRequests

_COLUMNS = ("column", "now more often", "of the window", "of the training data", "requests")


def since_words(since: DriftedSince) -> str:
    """Since when, in words."""
    at_least = "at least since" if since.at_least else "since"
    window = "" if since.window is None else f", in requests to {since.window[1]:%Y-%m-%d %H:%M}"
    return f"{at_least} the report of {since.found_at:%Y-%m-%d %H:%M} UTC{window}"


def whom_tables(found: Sequence[AffectedRequests]) -> list[Any]:
    """Who is affected, one after the other; nothing where no column drifted."""
    if not found:
        return []
    rows = [(each.column, each.value, f"{each.now:.1%}", f"{each.before:.1%}", each.rows) for each in found]
    parts: list[Any] = [table("For whom", _COLUMNS, rows)]
    for each in found:
        parts.append(
            facts(f"Requests with {each.column} {each.value}", [("have in common", slices_words(each))])
        )
        if each.examples:
            names = list(each.examples[0])
            shown = [[example.get(name) for name in names] for example in each.examples]
            parts.append(table("Some of them", names, shown))
    return parts


def slices_words(found: AffectedRequests) -> str:
    """What affected requests have more often than others."""
    if not found.slices:
        return "nothing that other requests have not as often"
    return "; ".join(
        f"{each.column} {each.value} ({each.share:.0%}, of others {each.others:.0%})" for each in found.slices
    )
