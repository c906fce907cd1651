"""The data profile of a run as a section of its page: the distribution of every column."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.pages.markup import Html, element
from keepfit.pages.page import details, figure, section
from keepfit.pages.plots.bars import Bar, ranked

_MAX_BINS = 15


def profile_section(document: dict[str, Any]) -> Html | None:
    """The columns of ``profile.json``, collapsed."""
    profile = msgspec.convert(document, ReferenceProfile)
    columns = [_column(name, column) for name, column in profile.columns.items()]
    if not columns:
        return None
    words = f"{profile.rows:,} rows, those that train and those that judge."
    return section(
        "Data profile",
        element("p", words),
        details("Distributions", element("div", *columns, class_="grid")),
    )


def _column(name: str, column: ColumnProfile) -> Html:
    total = sum(column.counts) or 1
    bins = [
        Bar(label=label, value=100 * count / total, kind="base")
        for label, count in zip(column.bins.labels, column.counts, strict=True)
        if count
    ]
    if len(bins) > _MAX_BINS:
        bins = sorted(bins, key=lambda each: -each.value)[:_MAX_BINS]
    return figure(name, ranked(bins, of="share of rows, %"))
