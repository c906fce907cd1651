"""The frame of every page, and its blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keepfit.pages.markup import Html, Inside, element, joined
from keepfit.pages.style import STYLE

# Whatever came into a page, a browser runs no script and fetches nothing for it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, *inside: Inside) -> str:
    """A whole page in one file, without scripts or external resources.

    Args:
        title: what the tab says.
        inside: the page itself; it begins with its own heading.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>
{element("title", title)}
<style>{STYLE}</style>
</head>
<body>
{element("main", *inside)}
</body>
</html>
"""


def section(title: str, *inside: Inside) -> Html | None:
    """A part of the page under its heading; None where it is empty."""
    held = joined(*inside)
    return element("section", element("h2", title), held) if held else None


def figure(title: str, plot: Html, *more: Inside) -> Html:
    """A plot under its heading, with its explanations."""
    return element("figure", element("h2", title), plot, *more)


def facts(pairs: Iterable[tuple[str, str]]) -> Html | None:
    """Pairs of a name and a value; None where there is none."""
    items = [joined(element("dt", name), element("dd", value)) for name, value in pairs]
    return element("dl", items) if items else None


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Iterable[str] = ()) -> Html:
    """A table, which scrolls where it is wide; right-aligned in the columns ``numeric``."""
    kinds = ["n" if name in set(numeric) else None for name in columns]
    head = (element("th", name, scope="col", class_=kind) for name, kind in zip(columns, kinds, strict=True))
    body = (
        element("tr", (element("td", cell, class_=kind) for cell, kind in zip(row, kinds, strict=True)))
        for row in rows
    )
    drawn = element("table", element("thead", element("tr", head)), element("tbody", body))
    return element("div", drawn, class_="wide")


def details(summary: str, *inside: Inside) -> Html:
    """A collapsed block: the figures behind a plot."""
    return element("details", element("summary", summary), *inside)


def keys(names: Iterable[tuple[str, str]]) -> Html:
    """The legend of a plot: pairs of a name and the class of its colour."""
    return element("p", (element("span", name, class_=f"key {kind}") for name, kind in names))


def verdict(words: str, *, good: bool) -> Html:
    """A verdict, highlighted."""
    return element("strong", words, class_=f"verdict {'good' if good else 'bad'}")
