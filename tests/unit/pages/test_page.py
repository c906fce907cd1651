from __future__ import annotations

import re

import pytest

from keepfit.pages.markup import element
from keepfit.pages.page import details, facts, figure, keys, page, section, table, verdict
from keepfit.pages.style import COLOURS, STYLE, colour
from tests.unit.pages.support.markup import check_page, well_formed

HOSTILE = "<script>alert('&')</script>"


def test_a_page_of_every_block_holds_all_it_needs() -> None:
    check_page(
        page(
            HOSTILE,
            element("h1", HOSTILE),
            facts([(HOSTILE, HOSTILE)]),
            keys([(HOSTILE, "c0")]),
            section(HOSTILE, table([HOSTILE, "n"], [[HOSTILE, "1"]], numeric=["n"])),
            figure(HOSTILE, element("b", HOSTILE), details(HOSTILE, HOSTILE)),
            verdict(HOSTILE, good=False),
        )
    )


def test_a_browser_is_told_to_run_and_fetch_nothing() -> None:
    [policy] = [
        meta.get("content")
        for meta in well_formed(page("t")).iter("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_phone_shows_the_page_in_its_own_width() -> None:
    assert 'name="viewport" content="width=device-width' in page("t")


def test_what_has_nothing_in_it_has_no_heading() -> None:
    assert section("Training set", None) is None
    assert section("Training set", facts([])) is None


def test_columns_of_numbers_are_aligned_and_others_are_not() -> None:
    drawn = well_formed(table(["name", "rows"], [["a", "1"], ["b", "2"]], numeric=["rows"]))
    assert [cell.get("class") for cell in drawn.iter("td")] == [None, "n"] * 2
    assert [cell.get("class") for cell in drawn.iter("th")] == [None, "n"]


def test_a_row_that_does_not_fit_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        table(["a", "b"], [["1"]])


def test_a_verdict_is_told_in_words_and_in_colour() -> None:
    assert verdict("won", good=True) == '<strong class="verdict good">won</strong>'


def test_every_colour_is_defined_for_light_and_for_dark() -> None:
    used = set(re.findall(r"var\(--([a-z0-9]+)\)", STYLE)) - {"own"}
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    assert used <= set(re.findall(r"--([a-z0-9]+): #", light))
    assert used <= set(re.findall(r"--([a-z0-9]+): #", dark))
    assert {colour(number) for number in range(2 * COLOURS)} <= used


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_read_on_the_page(mode: int) -> None:
    part = STYLE.split("@media (prefers-color-scheme: dark)")[mode]
    colours = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6})", part))
    background = colours.pop("page")
    del colours["line"]
    assert {name: value for name, value in colours.items() if _contrast(value, background) < 4.5} == {}


def _contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
