"""Plots draw their data, and say it in words."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.pages.plots.bars import Bin, paired
from keepfit.pages.plots.curves import Curve, square
from keepfit.pages.plots.intervals import Mark, intervals
from keepfit.pages.plots.lines import Limit, Line, over_steps
from tests.unit.pages.support.markup import plots

SHARES = st.floats(0, 1, allow_nan=False)


def points(line: ET.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in str(line.get("points")).split())
    return [(float(x), float(y)) for x, y in pairs]


def inside(plot: ET.Element, x: float, y: float) -> bool:
    _, _, width, height = map(float, str(plot.get("viewBox")).split())
    return -1 <= x <= width + 1 and -1 <= y <= height + 1


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=30))
def test_a_curve_stays_within_its_square(chosen: list[tuple[float, float]]) -> None:
    curve = Curve(name="forest", kind="c0", points=chosen)
    [plot] = plots(square([curve], across="x", up="y"))
    assert all(inside(plot, *place) for line in plot.iter("polyline") for place in points(line))


def test_a_perfect_curve_goes_up_at_the_left_and_the_diagonal_lies_below() -> None:
    curve = Curve(name="best", kind="c1", points=[(0, 0), (0, 1), (1, 1)])
    [plot] = plots(square([curve], across="false positive rate", up="true positive rate"))
    diagonal, best = (points(line) for line in plot.iter("polyline"))
    assert (diagonal[0], diagonal[-1]) == (best[0], best[-1])
    assert best[1] == (diagonal[0][0], diagonal[1][1])
    assert plot.get("aria-label") == (
        "true positive rate by false positive rate; best: 0.00 at 0.00, 1.00 at 0.00, 1.00 at 1.00"
    )


def test_of_many_points_a_few_are_told_the_ends_among_them() -> None:
    curve = Curve(name="forest", kind="c0", points=[(step / 100, step / 100) for step in range(101)])
    [plot] = plots(square([curve], across="x", up="y"))
    said = str(plot.get("aria-label"))
    assert said.endswith("0.00 at 0.00, 0.25 at 0.25, 0.50 at 0.50, 0.75 at 0.75, 1.00 at 1.00")


def test_a_point_tells_its_note() -> None:
    curve = Curve(name="forest", kind="c0", points=[(0.1, 0.2)], notes=["250 rows"])
    [plot] = plots(square([curve], across="x", up="y"))
    assert [dot.findtext("title") for dot in plot.iter("circle")] == ["250 rows"]


def test_an_interval_holds_its_value_and_all_share_one_scale() -> None:
    marks = [
        Mark(name="boosting", kind="c0", value=0.70, interval=(0.68, 0.72)),
        Mark(name="champion", kind="base", value=0.66, interval=(0.64, 0.68)),
    ]
    [plot] = plots(intervals(marks, of="roc_auc"))
    first, second = (points(line) for line in plot.iter("polyline"))
    assert second[1][0] == first[0][0]
    for line, dot in zip((first, second), plot.iter("circle"), strict=True):
        assert line[0][0] < float(str(dot.get("cx"))) < line[1][0]
    assert plot.get("aria-label") == (
        "roc_auc; boosting: 0.7000 (0.6800 to 0.7200); champion: 0.6600 (0.6400 to 0.6800)"
    )


def test_an_interval_of_no_width_is_drawn_too() -> None:
    [plot] = plots(intervals([Mark(name="a", kind="c0", value=0.5, interval=(0.5, 0.5))], of="roc_auc"))
    assert len(list(plot.iter("circle"))) == 1


@given(st.lists(st.tuples(SHARES, SHARES), max_size=20))
def test_bars_are_as_long_as_the_shares_they_stand_for(shares: list[tuple[float, float]]) -> None:
    bins = [Bin(label=str(place), before=one, after=two) for place, (one, two) in enumerate(shares)]
    [plot] = plots(paired(bins, of="carrier", names=("before", "after")))
    widths = [float(str(bar.get("width"))) for bar in plot.iter("rect")]
    wanted = [share for pair in shares for share in pair]
    longest = max([*wanted, 1e-9])
    assert widths == pytest.approx([share / longest * 280 for share in wanted], abs=0.01)


def test_bars_are_told_bin_by_bin() -> None:
    bins = [Bin(label="AA", before=0.25, after=0.75)]
    [plot] = plots(paired(bins, of="carrier", names=("training data", "window")))
    assert plot.get("aria-label") == ("carrier: share of training data and of window; AA 25.0% and 75.0%")
    assert [bar.findtext("title") for bar in plot.iter("rect")] == ["training data: 25.0%", "window: 75.0%"]


def test_a_long_name_is_cut_and_still_told_whole() -> None:
    long = "a carrier with a very long name"
    [plot] = plots(paired([Bin(label=long, before=1, after=1)], of="c", names=("b", "a")))
    assert str(plot.findtext(".//text")).endswith("…")
    assert long in str(plot.get("aria-label"))
    assert plot.findtext("g/title") == long


LINES = [
    Line(name="kept fit", kind="c0", values=[0.70, 0.72], notes={1: "released v2"}),
    Line(name="first model", kind="c1", values=[0.70, 0.64]),
]


def test_lines_have_one_value_a_step_and_are_told_step_by_step() -> None:
    [plot] = plots(over_steps(["Mar", "Apr"], LINES, of="AUC", span=(0.6, 0.8)))
    assert plot.get("aria-label") == (
        "AUC; kept fit: Mar 0.70, Apr 0.72 (released v2); first model: Mar 0.70, Apr 0.64"
    )
    kept, first = (points(line) for line in plot.iter("polyline") if line.get("class") == "line")
    assert kept[0] == first[0]
    assert kept[1][1] < first[1][1]


def test_the_names_of_lines_and_limit_stand_above_in_their_colours() -> None:
    drawn = over_steps(["Mar", "Apr"], LINES, of="AUC", span=(0.6, 0.8), limit=Limit(name="alarm", value=0.7))
    for key in ('key c0">kept fit<', 'key c1">first model<', 'key bad">alarm<'):
        assert key in drawn
    [plot] = plots(drawn)
    assert str(plot.get("aria-label")).endswith("; alarm: 0.70")


def test_steps_with_a_note_have_a_dot() -> None:
    [plot] = plots(over_steps(["Mar", "Apr"], LINES, of="AUC", span=(0.6, 0.8)))
    assert [dot.findtext("title") for dot in plot.iter("circle")] == ["released v2"]


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (12, 12), (13, 7), (100, 12)])
def test_of_many_steps_so_many_are_named_that_names_do_not_overlap(count: int, shown: int) -> None:
    steps = [f"step {number}" for number in range(count)]
    [plot] = plots(over_steps(steps, [Line(name="a", kind="c0", values=[0.5] * count)], of="a", span=(0, 1)))
    assert len([name for name in plot.iter("text") if str(name.text).startswith("step")]) == shown
