"""The segments of a run or a version in short, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.console import RenderableType

from cli.rendering.tables import facts, table
from keepfit.evaluation.report import SegmentFigures
from keepfit.training.segments.record import SegmentsSummary

_MAX_SHOWN = 10


def segments_told(report: Mapping[str, Any] | None) -> str | None:
    """How many segments have a model of their own, by a trial's report; None for a model without segments."""
    summary = (report or {}).get("segments")
    return None if summary is None else msgspec.convert(summary, SegmentsSummary).told


def summary_table(report: Mapping[str, Any]) -> RenderableType | None:
    """What answers segments, and why others have no model of their own."""
    if report.get("segments") is None:
        return None
    summary = msgspec.convert(report["segments"], SegmentsSummary)
    return facts(
        f"Segments by {summary.by}",
        [
            ("with a model of their own", f"{summary.own} of {summary.planned + summary.small}"),
            ("by algorithm of", summary.candidates),
            ("all others", summary.fallback),
            ("with too few rows", summary.small),
            *((reason, count) for reason, count in summary.reasons.items()),
        ],
    )


def figures_table(figures: SegmentFigures) -> RenderableType:
    """The worst segments of a holdout."""
    shown = figures.segments[:_MAX_SHOWN]
    return table(
        f"Segments by {figures.by}, the worst {len(shown)} of {len(figures.segments):,}",
        ["segment", "rows", "own model", figures.metric, "expected", "note"],
        [
            (
                each.segment,
                each.rows,
                "yes" if each.own else "no",
                None if each.metric is None else f"{each.metric:.4f}",
                f"{each.expected:.4f} ± {1.96 * each.error:.4f}",
                each.note or ("soft: mostly what all segments have in common" if each.soft else None),
            )
            for each in shown
        ],
    )
