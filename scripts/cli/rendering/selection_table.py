"""The selection of a run's columns as a table: what was kept or dropped, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import RenderableType

from cli.rendering.tables import table
from keepfit.training.selection.selection import FeatureSelection


def selection_table(document: Mapping[str, Any]) -> list[RenderableType]:
    """The table of ``selection.json``, and why all columns are kept, where they are."""
    selection = msgspec.convert(document, FeatureSelection)
    rows = [
        (
            column.column,
            "kept" if column.kept else "dropped",
            column.verdict,
            column.importance,
            column.shadow,
            column.drift_score,
            column.reason,
        )
        for column in selection.columns
    ]
    columns = ["column", "", "verdict", "importance", "of chance", "drift score", "reason"]
    title = f"Feature selection: {len(selection.kept)} of {len(rows)} columns"
    return [table(title, columns, rows), *_notes(selection)]


def _notes(selection: FeatureSelection) -> list[str]:
    """What the backward check showed."""
    if selection.refused:
        return [f"All columns are kept: {selection.refused}\n"]
    if selection.full is None:
        return []
    both = f"{selection.selected:.4f} with the kept columns, {selection.full:.4f} with all"
    return [f"{selection.metric} on {selection.validation_rows:,} validation rows: {both}\n"]
