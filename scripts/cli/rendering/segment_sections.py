"""The segments of a run on its page: how good the model is on each, and which have one of their own."""

from __future__ import annotations

from typing import Any

import msgspec

from keepfit.evaluation.report import SegmentFigure, SegmentFigures
from keepfit.pages.markup import Html, element
from keepfit.pages.page import details, section, table
from keepfit.pages.plots.intervals import Mark, intervals
from keepfit.training.segments.record import SegmentRecord, SegmentsRecord

_MAX_DRAWN, _MAX_LISTED = 20, 200
_WIDTH = 1.96
_NUMERIC = ("rows", "expected", "gain", "drawn to none", "certainty")


def segment_figures_section(figures: SegmentFigures) -> Html | None:
    """The metric of segments, the worst first."""
    if not figures.segments:
        return None
    drawn = [
        Mark(
            name=each.segment,
            kind="base" if each.soft else "c0" if each.own else "c1",
            value=each.expected,
            interval=(each.expected - _WIDTH * each.error, each.expected + _WIDTH * each.error),
        )
        for each in figures.segments[:_MAX_DRAWN]
    ]
    listed = figures.segments[:_MAX_LISTED]
    words = (
        f"What to expect of {figures.metric} on each of {len(figures.segments):,} segments of the holdout, the worst "
        f"first: each is drawn to their mean, {figures.mean:.4f}, by how unsure its rows leave it. Segments differ by "
        f"{figures.spread:.4f} (standard deviation, chance apart); where more is known of all than of one, it is soft."
    )
    columns = ["segment", "rows", "own model", figures.metric, "expected", "95 %", ""]
    return section(
        f"Segments by {figures.by}",
        element("p", words),
        intervals(drawn, of=f"{figures.metric}, expected of segments", limit=figures.mean),
        details(
            f"The worst {len(listed)} of {len(figures.segments):,} segments; all are in the run's evaluation.json",
            table(columns, map(_figure, listed), numeric=[*_NUMERIC, figures.metric]),
        ),
    )


def _figure(each: SegmentFigure) -> list[str]:
    low, high = each.expected - _WIDTH * each.error, each.expected + _WIDTH * each.error
    return [
        each.segment,
        f"{each.rows:,}",
        "yes" if each.own else "no",
        "-" if each.metric is None else f"{each.metric:.4f}",
        f"{each.expected:.4f}",
        f"{low:.4f} to {high:.4f}",
        each.note or ("soft" if each.soft else ""),
    ]


def segments_section(document: dict[str, Any]) -> Html | None:
    """What answers each segment, and why."""
    record = msgspec.convert(document, SegmentsRecord)
    listed = record.segments[:_MAX_LISTED]
    words = (
        f"{record.summary().told}. A model of its own is kept where it surely loses less {record.loss} than "
        f"{record.fallback} on rows of the segment that neither trained; gains on few rows are drawn to none. "
        f"{record.small:,} more have fewer rows than a model is trained of."
    )
    columns = ["segment", "rows", "model", "gain", "drawn to none", "certainty", "why not"]
    return section(
        f"Models of segments by {record.by}",
        element("p", words),
        details(
            f"{len(listed):,} of {len(record.segments):,} segments; all are in the candidate's segments.json",
            table(columns, map(_record, listed), numeric=_NUMERIC),
        ),
    )


def _record(each: SegmentRecord) -> list[str]:
    return [
        each.value,
        f"{each.rows:,}",
        each.candidate or "-",
        "-" if each.gain is None else f"{each.gain:+.4f}",
        "-" if each.shrunken is None else f"{each.shrunken:+.4f}",
        "-" if each.certainty is None else f"{each.certainty:.0%}",
        each.reason or "",
    ]
