"""People read how many segments have a model of their own, which are the worst, and why others have none."""

from __future__ import annotations

import io

import msgspec
from rich.console import Console, RenderableType

from cli.rendering.segment_sections import segment_figures_section, segments_section
from cli.rendering.segment_tables import figures_table, segments_told, summary_table
from keepfit.evaluation.report import SegmentFigure, SegmentFigures
from keepfit.training.segments.record import SegmentRecord, SegmentsRecord

RECORD = SegmentsRecord(
    by="store",
    fallback="lightgbm",
    loss="log_loss",
    small=40,
    small_rows=500,
    segments=[
        SegmentRecord(
            value="<b>1</b>", rows=900, candidate="linear", gain=0.2, shrunken=0.19, certainty=0.99
        ),
        SegmentRecord(value="2", rows=300, reason="no sure gain over the fallback", gain=0.01),
        SegmentRecord(value="3", rows=250, reason="no sure gain over the fallback"),
    ],
)
FIGURES = SegmentFigures(
    by="store",
    metric="roc_auc",
    mean=0.8,
    spread=0.05,
    segments=[
        SegmentFigure(segment="<b>1</b>", rows=90, own=True, metric=0.6, expected=0.65, error=0.03),
        SegmentFigure(segment="2", rows=12, metric=0.5, expected=0.78, error=0.05, soft=True),
        SegmentFigure(
            segment="3", rows=2, expected=0.8, error=0.05, soft=True, note="2 rows, and a slice needs 10"
        ),
    ],
)


def drawn(*parts: RenderableType | None) -> str:
    console = Console(file=io.StringIO(), width=160)
    for part in parts:
        console.print(part)
    written: str = console.file.getvalue()  # type: ignore[attr-defined]
    return written


def test_a_report_says_how_many_segments_have_a_model_and_why_others_have_none() -> None:
    report = {"segments": msgspec.to_builtins(RECORD.summary())}
    assert segments_told(report) == "1 of 43 by store with a model of their own, lightgbm for all others"
    told = drawn(summary_table(report))
    assert "1 of 43" in told
    assert "no sure gain over the fallback" in told
    assert segments_told({"segments": None}) is None
    assert summary_table({}) is None


def test_the_worst_segments_are_listed_with_what_is_soft_of_them() -> None:
    told = drawn(figures_table(FIGURES))
    assert "the worst 3 of 3" in told
    assert "0.6500 ± 0.0588" in told
    assert told.count("soft: mostly what all segments have in common") == 1
    assert "2 rows, and a slice needs 10" in told


def test_the_page_shows_both_and_takes_no_value_for_markup() -> None:
    page = f"{segment_figures_section(FIGURES)}{segments_section(msgspec.to_builtins(RECORD))}"
    assert "Segments by store" in page
    assert "Models of segments by store" in page
    assert "<b>1</b>" not in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "no sure gain over the fallback" in page
