"""Datasets in a few words, as a table."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.text import Text

from cli.rendering.table_layout import Fitted
from cli.rendering.tables import table
from keepfit.views.datasets import DatasetSummary


def datasets_table(summaries: Sequence[DatasetSummary], columns: Sequence[str]) -> Fitted | Text:
    """Datasets in a few words; of rows that were never counted it says how many there may be."""
    rows = []
    for summary in summaries:
        values = msgspec.structs.asdict(summary)
        if summary.rows is None:
            values["rows"] = f"at most {summary.stored_rows:,}"
        rows.append([values[name] for name in columns])
    return table("Datasets", [name.replace("_", " ") for name in columns], rows)
