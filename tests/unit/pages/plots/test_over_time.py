"""Plots over time have one axis, and say in words what they show."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from keepfit.pages.plots.bands import Series, over_time
from keepfit.pages.plots.heat_map import Cell, Row, heat_map, shade
from keepfit.pages.plots.lanes import Bar, Lane, Mark, lanes
from keepfit.pages.plots.time_axis import Moment, Span
from tests.unit.pages.support.markup import plots

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SPAN = Span(BEGIN, BEGIN + 100 * DAY)
RELEASES = [Moment(at=BEGIN + 40 * DAY, kind="c2", name="v2")]
CELLS = [Cell(start=BEGIN + day * DAY, end=BEGIN + (day + 1) * DAY, level=0.1) for day in range(100)]
VALUES = [(BEGIN + day * DAY, 0.7) for day in range(0, 100, 10)]
SERIES = Series(name="version 1", kind="c1", points=VALUES, band=[(0.6, 0.8)] * 10)
DRAWN = {
    "lanes": lanes(
        [
            Lane(name="serves", bars=[Bar(start=BEGIN, end=None, kind="c0", name="v1")], words="version 1"),
            Lane(name="trainings", marks=[Mark(at=BEGIN + 3 * DAY, kind="good")]),
        ],
        SPAN,
        moments=RELEASES,
        words="What was done",
    ),
    "heat map": heat_map(
        [Row(name="pressure", cells=CELLS, words="worst 0.10")], SPAN, moments=RELEASES, words="Drift"
    ),
    "bands": over_time([SERIES], SPAN, up="roc_auc", moments=RELEASES),
}
WORDS = {
    "lanes": "What was done; serves: version 1; trainings: none",
    "heat map": "Drift; pressure: worst 0.10",
    "bands": "roc_auc over time; version 1: 10 values, first 0.7, last 0.7, least 0.7, greatest 0.7",
}


def drawn(markup: str) -> ET.Element:
    [plot] = plots(markup)
    return plot


def texts(markup: str) -> dict[str, tuple[float, float]]:
    """Where each text stands."""
    return {
        str(text.text): (float(text.get("x", "nan")), float(text.get("y", "nan")))
        for text in drawn(markup).iter("text")
    }


@pytest.mark.parametrize("name", DRAWN)
def test_it_is_told_in_words_and_refers_to_nothing(name: str) -> None:
    assert drawn(DRAWN[name]).get("aria-label") == WORDS[name]
    assert not re.search(r"#[0-9a-f]{6}|url\(|http|<use|<defs| id=", DRAWN[name])


def test_an_instant_is_at_the_same_place_in_all() -> None:
    places = [{word: texts(each)[word][0] for word in ("v2", "Feb", "Mar")} for each in DRAWN.values()]
    assert places[0] == places[1] == places[2]
    widths = [str(drawn(each).get("viewBox")).split()[2] for each in DRAWN.values()]
    assert len(set(widths)) == 1


def test_neighbours_of_one_shade_are_one_shape() -> None:
    single = heat_map([Row(name="pressure", cells=CELLS[:1])], SPAN, words="Drift")
    assert DRAWN["heat map"].count("<path") <= single.count("<path") + 1  # and the release


def test_of_a_shade_that_changes_each_time_every_cell_is_drawn() -> None:
    changing = [
        Cell(start=each.start, end=each.end, level=0.1 if place % 2 else 1.5)
        for place, each in enumerate(CELLS)
    ]
    drawn_cells = heat_map([Row(name="pressure", cells=changing)], SPAN, words="Drift")
    assert drawn_cells.count("<path") >= 100


def test_from_the_limit_on_it_is_the_colour_of_alarms_and_ever_stronger() -> None:
    shades = [shade(level) for level in (0.0, 0.3, 0.9, 1.0, 2.5, 100.0)]
    assert [kind for kind, _ in shades] == ["c0", "c0", "c0", "bad", "bad", "bad"]
    assert [strength for _, strength in shades[:3]] == sorted(strength for _, strength in shades[:3])
    assert [strength for _, strength in shades[3:]] == sorted(strength for _, strength in shades[3:])


def test_what_does_not_count_is_grey_however_far_it_moved() -> None:
    far = [Cell(start=BEGIN, end=BEGIN + DAY, level=9.0)]
    ignored = heat_map([Row(name="t", cells=far, counts=False)], SPAN, words="Drift")
    counted = heat_map([Row(name="t", cells=far)], SPAN, words="Drift")
    assert ignored.count("var(--bad)") < counted.count("var(--bad)")


def test_what_lies_outside_the_time_is_cut() -> None:
    before = Cell(start=BEGIN - 9 * DAY, end=BEGIN - 8 * DAY, level=2.0)
    empty = heat_map([Row(name="t", cells=[])], SPAN, words="Drift")
    assert heat_map([Row(name="t", cells=[before])], SPAN, words="Drift") == empty


def test_a_name_has_to_fit_into_its_bar() -> None:
    bars = [
        Bar(start=BEGIN, end=BEGIN + DAY, kind="c0", name="v1"),
        Bar(start=BEGIN + DAY, end=None, kind="c1", name="v2"),
    ]
    shown = texts(lanes([Lane(name="serves", bars=bars)], SPAN, words="What"))
    assert "v2" in shown
    assert "v1" not in shown


def test_names_of_releases_never_lie_upon_each_other() -> None:
    close = [Moment(at=BEGIN + day * DAY, kind="c0", name=f"v{day}") for day in (10, 11, 30)]
    shown = texts(lanes([Lane(name="serves")], SPAN, moments=close, words="What"))
    assert {"v10", "v30"} <= set(shown)
    assert "v11" not in shown


def test_marks_of_one_instant_stand_beside_each_other() -> None:
    marks = [Mark(at=BEGIN, kind="good", name="a"), Mark(at=BEGIN, kind="bad", name="b")]
    shown = texts(lanes([Lane(name="gains", marks=marks)], SPAN, words="What"))
    assert shown["a"][0] < shown["b"][0]


def test_names_of_marks_that_are_near_stand_above_and_below() -> None:
    marks = [Mark(at=BEGIN + day * DAY, kind="good", name=f"v{day}") for day in (10, 15, 60)]
    shown = texts(lanes([Lane(name="gains", marks=marks)], SPAN, words="What"))
    assert shown["v10"][1] == shown["v60"][1] < shown["v15"][1]


def test_an_instant_alone_and_nothing_at_all_are_drawn_too() -> None:
    moment = Span(BEGIN, BEGIN)
    for markup in (
        lanes([], moment, words="nothing"),
        heat_map([], moment, words="nothing"),
        over_time([], moment, up="nothing"),
        over_time([Series(name="a", kind="c0", points=[(BEGIN, 0.5)], band=[(0.4, 0.6)])], moment, up="a"),
    ):
        assert drawn(markup).get("role") == "img"
