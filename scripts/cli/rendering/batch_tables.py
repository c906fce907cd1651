"""What came of a batch, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType

from cli.rendering.tables import facts, table

if TYPE_CHECKING:  # numeric libraries
    from keepfit.serving.batch.summary import Summary


def summary_parts(summary: Summary) -> tuple[RenderableType, ...]:
    """The summary, and why rows were refused."""
    parts: list[RenderableType] = [
        facts(
            f"{summary.file}, by {summary.model}, version {summary.version}",
            [
                ("rows", summary.rows),
                ("answered", summary.answered),
                ("refused", summary.refused),
                ("parts", summary.parts),
                ("written as", summary.format),
                ("seconds", summary.seconds),
            ],
        )
    ]
    if summary.reasons:
        rows = [[each.field or "", each.reason, each.rows] for each in summary.reasons]
        parts.append(table("Refused", ["field", "reason", "rows"], rows))
    if summary.unread:
        unread = [[each.number, each.rows, each.reason] for each in summary.unread]
        parts.append(table("Not read", ["part", "rows", "reason"], unread))
    return tuple(parts)
