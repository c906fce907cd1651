"""The page of a drift report with what else is known of it: since when, for whom, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.rendering.closure_section import closure_facts
from cli.rendering.drift_tables import Found
from cli.rendering.whom_tables import since_words, slices_words
from keepfit.application.affected_requests import AffectedRequests
from keepfit.monitoring.reports.report_html import to_html
from keepfit.pages.markup import Html, element
from keepfit.pages.page import details, facts, section, table


def drift_page(found: Found) -> str:
    """Renders the page."""
    since = facts((name, since_words(each)) for name, each in found.since.items())
    return to_html(
        found.report,
        section("Since when", since),
        _whom(found.affected or []),
        section("What was done, and whether it helped", facts(closure_facts(found.closure))),
    )


def _whom(found: Sequence[AffectedRequests]) -> Html | None:
    """Who is affected, for the page."""
    return section("For whom", *map(_affected, found)) if found else None


def _affected(found: AffectedRequests) -> Html:
    said = (
        f"{found.column} {found.value}: {found.now:.1%} of the window, {found.before:.1%} of the training data. These "
        f"{found.rows:,} requests have in common: {slices_words(found)}."
    )
    names = list(found.examples[0]) if found.examples else []
    rows = [[_value(example.get(name)) for name in names] for example in found.examples]
    shown = details("Some of them", table(names, rows)) if rows else None
    return element("div", element("p", said), shown)


def _value(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
