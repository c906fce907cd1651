"""HTML markup, and the one place that escapes texts."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Html(str):
    """Markup, which is inserted as it is; every other text is escaped."""

    __slots__ = ()


Inside = str | Iterable[str | None] | None


def element(name: str, *inside: Inside, **attributes: str | float | None) -> Html:
    """An element; leaves out children and attributes that are None.

    Args:
        name: of the element.
        inside: what it holds, in order.
        attributes: ``text_anchor`` is written text-anchor, ``class_`` class; numbers to two digits.

    >>> element("td", "a < b", element("b", "c"), None, class_="n", colspan=2, rowspan=None)
    '<td class="n" colspan="2">a &lt; b<b>c</b></td>'
    """
    return Html(f"<{name}{_attributes(attributes)}>{joined(*inside)}</{name}>")


def joined(*inside: Inside) -> Html:
    """Concatenates markup and texts.

    >>> joined("1 < 2", Html("<br>"), None, ["a", "b"])
    '1 &lt; 2<br>ab'
    """
    return Html("".join(_escaped(each) for each in inside))


def _escaped(inside: Inside) -> str:
    match inside:
        case None:
            return ""
        case Html():
            return inside
        case str():
            return escape(inside)
    return "".join(map(_escaped, inside))


def _attributes(attributes: dict[str, str | float | None]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
