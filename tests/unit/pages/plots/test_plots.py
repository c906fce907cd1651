"""Plots draw their data in the page's colours, name their axes, and say it in words."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from keepfit.pages.markup import Html
from keepfit.pages.plots.bars import Bar, Bin, paired, ranked
from keepfit.pages.plots.curves import Curve, Marked, over_plane
from keepfit.pages.plots.intervals import Mark, intervals
from keepfit.pages.plots.lines import Limit, Line, over_steps
from keepfit.pages.plots.matrix import squares
from tests.unit.pages.support.markup import plots

LINES = [
    Line(name="kept fit", kind="c0", values=[0.70, 0.72], notes={1: "released v2"}),
    Line(name="first model", kind="c1", values=[0.70, 0.64]),
]
BINS = [
    Bin(label="AA", before=0.25, after=0.75),
    Bin(label="a carrier with a very long name", before=0.75, after=0.25),
]
CURVE = Curve(
    name="best", kind="c1", points=[(0, 0), (0, 1), (1, 1)], band=[(0, 0.1), (0.9, 1), (1, 1)], dots=True
)
DRAWN = {
    "curves": over_plane([CURVE], across="false positive rate", up="true positive rate", ideal="diagonal"),
    "bars": paired(BINS, of="carrier", names=("training data", "window")),
    "ranked": ranked([Bar(label="age", value=0.2, interval=(0.1, 0.3))], of="loss of roc_auc"),
    "intervals": intervals(
        [Mark(name="boosting", kind="c0", value=0.7, interval=(0.68, 0.72))], of="roc_auc"
    ),
    "lines": over_steps(["Mar", "Apr"], LINES, across="month", of="ROC AUC", span=(0.6, 0.8)),
    "matrix": squares(["no", "yes"], [[3, 1], [0, 6]], across="predicted", down="actual", kind="c0"),
}
AXES = {
    "curves": ("false positive rate", "true positive rate"),
    "bars": ("share of rows, %", "carrier"),
    "ranked": ("loss of roc_auc", "age"),
    "intervals": ("roc_auc", "boosting"),
    "lines": ("month", "ROC AUC"),
    "matrix": ("predicted", "actual"),
}
WORDS = {
    "curves": "true positive rate by false positive rate; best: 0.00 at 0.00, 1.00 at 0.00, 1.00 at 1.00",
    "bars": "carrier: share of training data and of window; AA 25.0% and 75.0%; a carrier with a very long name 75.0% "
    "and 25.0%",
    "ranked": "loss of roc_auc; age 0.2 (0.1 to 0.3)",
    "intervals": "roc_auc; boosting: 0.7000 (0.6800 to 0.7200)",
    "lines": "ROC AUC; kept fit: Mar 0.70, Apr 0.72 (released v2); first model: Mar 0.70, Apr 0.64",
    "matrix": "actual by predicted; actual no: no 3, yes 1; actual yes: no 0, yes 6",
}


def drawn(markup: str) -> ET.Element:
    [plot] = plots(markup)
    return plot


def texts(plot: ET.Element) -> list[str]:
    return [str(text.text) for text in plot.iter("text")]


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_names_both_axes_and_is_told_in_words(name: str) -> None:
    plot = drawn(DRAWN[name])
    assert set(AXES[name]) <= set(texts(plot))
    assert plot.get("aria-label") == WORDS[name]


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_has_the_colours_of_the_page_and_refers_to_nothing(name: str) -> None:
    assert not re.search(r"#[0-9a-f]{6}|url\(|http|<use|<defs| id=", DRAWN[name])
    assert "var(--" in DRAWN[name]


def test_the_same_data_make_the_same_plot() -> None:
    assert paired(BINS, of="carrier", names=("training data", "window")) == DRAWN["bars"]


def test_a_curve_goes_where_its_points_are_and_its_ideal_from_corner_to_corner() -> None:
    paths = [
        str(path.get("d")) for path in drawn(DRAWN["curves"]).iter("path") if "c1" in str(path.get("style"))
    ]
    corners = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", paths[-2])]
    line = next(
        [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", path)]
        for path in paths
        if path.count("L") == 2
    )
    (left, low), (second, high), (right, top) = line
    assert left == second < right
    assert low > high == top
    assert corners


def test_of_many_points_a_few_are_told_the_ends_among_them() -> None:
    curve = Curve(name="forest", kind="c0", points=[(step / 100, step / 100) for step in range(101)])
    marked = over_plane([curve], across="x", up="y", marked=Marked(name="threshold", at=0.3))
    said = str(drawn(marked).get("aria-label"))
    assert said.endswith("0.25 at 0.25, 0.50 at 0.50, 0.75 at 0.75, 1.00 at 1.00; threshold: 0.30")


def test_names_are_drawn_as_they_are_though_long_ones_are_cut() -> None:
    bars = [Bar(label="$a$ & <b>", value=1.0), Bar(label="a carrier with a very long name", value=1.0)]
    names = texts(drawn(ranked(bars, of="v")))
    assert "$a$ & <b>" in names
    assert "a carrier with a very l…" in names


def test_nothing_and_one_value_are_drawn_too() -> None:
    empty: Html = paired([], of="c", names=("b", "a"))
    assert drawn(empty).get("role") == "img"
    assert (
        drawn(intervals([Mark(name="a", kind="c0", value=0.5, interval=(0.5, 0.5))], of="m")).get("role")
        == "img"
    )
    assert (
        drawn(over_plane([Curve(name="a", kind="c0", points=[(1.0, 2.0)])], across="x", up="y")) is not None
    )


def test_the_names_of_lines_and_limit_stand_above_in_their_colours() -> None:
    limit = Limit(name="alarm", value=0.7)
    markup = over_steps(["Mar", "Apr"], LINES, across="month", of="AUC", span=(0.6, 0.8), limit=limit)
    for key in ('key c0">kept fit<', 'key c1">first model<', 'key bad">alarm<'):
        assert key in markup
    assert str(drawn(markup).get("aria-label")).endswith("; alarm: 0.70")


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (13, 7)])
def test_of_many_steps_so_many_are_named_that_names_do_not_overlap(count: int, shown: int) -> None:
    steps = [f"step {number}" for number in range(count)]
    line = Line(name="a", kind="c0", values=[0.5] * count)
    markup = over_steps(steps, [line], across="step", of="a", span=(0, 1))
    assert len([name for name in texts(drawn(markup)) if name.startswith("step ")]) == shown
