"""The results of retrainings, as facts beside a report on drift or performance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.rendering.tables import facts
from keepfit.views.closure import Closure, Response


def closure_section(closure: Closure) -> tuple[Any, ...]:
    """One part; none where nothing was ever retrained."""
    pairs = [*closure_facts(closure)]
    return (facts("What was done, and whether it helped", pairs),) if pairs else ()


def closure_facts(closure: Closure) -> Iterator[tuple[str, str]]:
    """What was done and what came of it, in pairs of a name and a value."""
    if closure.response is not None:
        yield f"last answer to {closure.response.cause}", _words(closure.response)
    for gain in closure.gains[:3]:
        yield f"gain of version {gain.version}", f"{gain.in_words()}; retrained by {gain.cause}"
    if closure.not_measured is not None:
        yield "gain not measured", closure.not_measured
    for incident in closure.incidents:
        yield (
            f"incident: {incident.kind}",
            f"since {incident.opened_at:%Y-%m-%d %H:%M} UTC: {incident.reason}",
        )


def _words(response: Response) -> str:
    at = f"{response.at:%Y-%m-%d %H:%M} UTC"
    if response.run_id is None:
        return f"{at}: no training: {response.reason}"
    reason = f": {response.reason}" if response.reason else ""
    return f"{at}: run {response.run_id}, {response.outcome or 'under way'}{reason}"
