from __future__ import annotations

import pytest

from keepfit.pages.plots.svg import Plane, drawing, text, ticks
from tests.unit.pages.support.markup import well_formed

PLANE = Plane(left=10, top=20, right=110, bottom=220, across=(0.0, 1.0), up=(5.0, 6.0))


def test_more_is_to_the_right_and_up() -> None:
    assert PLANE.at((0.0, 5.0)) == (10, 220)
    assert PLANE.at((1.0, 6.0)) == (110, 20)
    assert PLANE.at((0.5, 5.5)) == (60, 120)


def test_a_span_of_one_value_is_drawn_at_its_low_end() -> None:
    flat = Plane(left=0, top=0, right=100, bottom=100, across=(2.0, 2.0), up=(0.0, 1.0))
    assert flat.x(2.0) == 0


def test_ticks_hold_both_ends() -> None:
    assert ticks((2.0, 4.0), 3) == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("said", ["a plot", '"<&>'])
def test_an_image_says_in_words_what_it_shows(said: str) -> None:
    image = well_formed(drawing(10, 20, said, [text(1, 2, said, "end")]))
    assert (image.get("role"), image.get("aria-label"), image.get("viewBox")) == ("img", said, "0 0 10 20")
    assert image.findtext("text") == said
