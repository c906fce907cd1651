"""Runs side by side as tables: one for each part in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cli.rendering.tables import span, table
from keepfit.application.common_rows import CommonRows
from keepfit.views.run_comparison import RunComparison

_TITLES = {
    "data": "Data",
    "definition": "Definition",
    "code": "Code",
    "parameters": "Parameters of the chosen candidate",
    "metrics": "Metrics, each on its own holdout",
    "gates": "Gates",
}


def comparison_tables(comparison: RunComparison, common: CommonRows) -> list[RenderableType]:
    """A table for each part that differs, the metrics on common rows, and what is alike."""
    parts: list[RenderableType] = [
        table(title, ["", *comparison.runs], [(each.name, *map(_told, each.values)) for each in differing])
        for part, title in _TITLES.items()
        if (differing := [each for each in comparison.differences if each.part == part])
    ]
    parts.append(_on_common_rows(comparison.runs, common))
    if comparison.alike:
        parts.append(Text(f"Alike: {', '.join(comparison.alike)}"))
    return parts


def _told(value: Any) -> Any:
    return f"{value:.4f}" if isinstance(value, float) else value


def _on_common_rows(runs: Sequence[str], common: CommonRows) -> RenderableType:
    if common.note is not None:
        return Text(f"On common rows nothing is compared: {common.note}.")
    rows = [
        (
            run,
            f"{each.value:.4f}",
            span(each.interval),
            f"{each.gain:+.4f}" if number else None,
            span(each.gain_interval) if number else None,
        )
        for number, (run, each) in enumerate(zip(runs, common.runs, strict=True))
    ]
    columns = ["run", str(common.metric), "95 %", "gain on the first", "95 % of the gain"]
    return table(f"On the {common.rows:,} rows that are in all holdouts", columns, rows)
