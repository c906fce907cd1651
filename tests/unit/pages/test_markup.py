from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepfit.pages.markup import Html, element, joined
from tests.unit.pages.support.markup import Read, well_formed


@given(st.text())
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    read = Read(element("p", text, title=text))
    assert read.elements == [("p", {"title": text})]
    assert read.text == text


@given(st.lists(st.text()))
def test_texts_in_a_row_open_no_element(texts: list[str]) -> None:
    assert Read(joined(texts)).elements == []


@given(st.text(alphabet="<>&\"'/ab=", max_size=40))
def test_whatever_is_inside_the_markup_stays_well_formed(text: str) -> None:
    assert well_formed(element("g", element("title", text), aria_label=text)).findtext("title") == text


def test_markup_is_not_escaped_again() -> None:
    assert joined(Html("<b>"), element("i", "&")) == "<b><i>&amp;</i>"


def test_what_is_none_is_left_out() -> None:
    assert element("td", None, "a", [None, "b"], class_=None) == "<td>ab</td>"


def test_attributes_are_spelled_as_in_html_and_svg() -> None:
    drawn = element("text", text_anchor="end", class_="soft", viewBox="0 0 1 1")
    assert drawn == '<text text-anchor="end" class="soft" viewBox="0 0 1 1"></text>'


@pytest.mark.parametrize(
    ("number", "written"), [(3, "3"), (3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (100, "100")]
)
def test_numbers_have_two_digits_at_most(number: float, written: str) -> None:
    assert element("rect", x=number) == f'<rect x="{written}"></rect>'
