"""The feature selection of a run as a section of its page."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.pages.markup import Html, element
from keepfit.pages.page import section, table
from keepfit.pages.plots.bars import Bar, ranked
from keepfit.training.selection.selection import FeatureSelection

_MAX_COLUMNS = 30


def selection_section(document: dict[str, Any]) -> Html | None:
    """Each column with what it is worth, and why it is kept or dropped."""
    selection = msgspec.convert(document, FeatureSelection)
    measured = [(each, each.importance) for each in selection.columns if each.importance is not None]
    measured.sort(key=lambda pair: -pair[1])
    bars = [
        Bar(label=each.column, value=importance, kind="c0" if each.kept else "base")
        for each, importance in measured[:_MAX_COLUMNS]
    ]
    rows = [
        [each.column, "kept" if each.kept else "dropped", each.verdict, each.reason]
        for each in selection.columns
    ]
    words = (
        f"{len(selection.kept)} of {len(rows)} columns are kept; those in grey are dropped. The importance is the loss "
        f"of {selection.metric} where a column is permuted among {selection.validation_rows:,} rows that validate."
    )
    return section(
        "Feature selection",
        element("p", f"All columns are kept: {selection.refused}." if selection.refused else words),
        ranked(bars, of=f"loss of {selection.metric}") if bars else None,
        table(["column", "", "verdict", "reason"], rows),
    )
