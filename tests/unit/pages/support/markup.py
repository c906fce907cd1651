"""Pages and plots, read again as a browser reads them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET


class Read(HTMLParser):
    """Elements that were opened with their attributes, and the text between them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def well_formed(markup: str) -> ET.Element:
    """The tree. Raises ParseError where an element is not closed, or something was not escaped."""
    return ET.fromstring(markup.removeprefix("<!doctype html>"))  # noqa: S314  written by us a moment ago


def plots(page: str) -> list[ET.Element]:
    """Every plot of a page, in order."""
    return [well_formed(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def check_page(page: str) -> None:
    """Asserts what holds of every page: it is whole, runs and fetches nothing, and says in words what it draws."""
    tree = well_formed(page)
    assert tree.get("lang") == "en"
    assert len(tree.findall(".//h1")) == 1
    names = {element.tag for element in tree.iter()}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a"}
    attributes = {name for element in tree.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on")} | (attributes & {"src", "href"})
    assert not re.search(r"url\(|@import|https?:", page)
    for plot in tree.iter("svg"):
        assert plot.get("role") == "img"
        assert len(str(plot.get("aria-label"))) > len("plot")
    for heading in tree.iter("th"):
        assert heading.get("scope") == "col"
