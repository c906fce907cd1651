"""A drawing by matplotlib, as an SVG in the colours and letters of the page around it.

Matplotlib writes colours; each of ours stands for a variable of the style sheet, so that one drawing is right in light
and dark. Nothing is left in it that refers to something else, so a page can hold many.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from keepfit.pages.markup import Html, element

_VARIABLES: Final[Mapping[str, str]] = {
    "ink": "ink", "base": "soft", "grid": "line", "page": "page", "good": "good", "bad": "bad",
    "c0": "c0", "c1": "c1", "c2": "c2", "c3": "c3", "c4": "c4", "c5": "c5",
}  # fmt: skip
_COLOURS: Final = {kind: f"#0000{16 + number:02x}" for number, kind in enumerate(_VARIABLES)}
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.labelsize": 11,
    "axes.edgecolor": _COLOURS["grid"],
    "axes.labelcolor": _COLOURS["base"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": _COLOURS["grid"],
    "grid.linewidth": 0.8,
    "text.color": _COLOURS["base"],
    "xtick.color": _COLOURS["grid"],
    "ytick.color": _COLOURS["grid"],
    "xtick.labelcolor": _COLOURS["base"],
    "ytick.labelcolor": _COLOURS["base"],
    "lines.linewidth": 2.2,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
# At this size the letters of a plot are as large as those around it.
_MAX_SCALE: Final = 1.3
_MAX_TICKS: Final = 5

WIDTH, HEIGHT = 380.0, 300.0


def colour_of(kind: str) -> str:
    """The colour that stands for a class of the style sheet, for matplotlib."""
    return _COLOURS[kind]


class Drawing:
    """One pair of axes with their names, of ``width`` by ``height`` pixels at full size."""

    def __init__(self, *, across: str, up: str, width: float = WIDTH, height: float = HEIGHT) -> None:
        with mpl.rc_context(_STYLE):
            self.figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
            self.axes: Axes = self.figure.subplots()
        self.axes.set_xlabel(plain(across))
        self.axes.set_ylabel(plain(up))
        for axis in (self.axes.xaxis, self.axes.yaxis):
            axis.set_major_locator(MaxNLocator(_MAX_TICKS))

    def to_html(self, description: str) -> Html:
        """The drawing; ``description`` says in words what it shows."""
        written = io.StringIO()
        with mpl.rc_context({**_STYLE, "svg.hashsalt": "keepfit"}):
            self.figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
        drawn = ET.fromstring(written.getvalue())  # noqa: S314  written by matplotlib a moment ago
        _, _, width, height = drawn.attrib["viewBox"].split()
        return element(
            "svg",
            Html("".join(_markup(child, _defined(drawn)) for child in drawn)),
            viewBox=f"0 0 {width} {height}",
            style=f"max-width: {_MAX_SCALE * float(width):g}px",
            role="img",
            aria_label=description,
        )


def plain(text: str) -> str:
    """A text that matplotlib draws as it is: it takes what stands between two dollars for mathematics."""
    return text.replace("$", r"\$")


def _defined(drawn: ET.Element) -> dict[str, ET.Element]:
    """What is drawn more than once, such as dots, by its id."""
    return {
        each.attrib["id"]: each for defs in drawn.iter(f"{_SVG}defs") for each in defs if "id" in each.attrib
    }


def _markup(node: ET.Element, defined: Mapping[str, ET.Element]) -> str:
    """A node without what refers to others, in our colours."""
    name = node.tag.removeprefix(_SVG)
    if name in ("metadata", "defs") or not node.tag.startswith(_SVG):
        return ""
    if name == "use":
        return _used(node, defined)
    inside = "".join(_markup(child, defined) for child in node)
    if name == "g" and not inside:
        return ""
    return str(element(name, node.text if name == "text" else None, Html(inside), **dict(_attributes(node))))


def _used(node: ET.Element, defined: Mapping[str, ET.Element]) -> str:
    path = defined[node.attrib[_LINK].removeprefix("#")]
    place = f"translate({node.attrib.get('x', '0')} {node.attrib.get('y', '0')})"
    style = node.attrib.get("style") or path.attrib.get("style", "")
    return str(element("path", d=path.attrib["d"], transform=place, style=_styled(style)))


def _attributes(node: ET.Element) -> Iterator[tuple[str, str]]:
    for name, value in node.attrib.items():
        if name in ("d", "x", "y", "transform"):
            yield name, value
        elif name == "style":
            yield name, _styled(value)


def _styled(style: str) -> str:
    """In the variables of the style sheet; letters are those of the page, see ``style``."""
    kept = [part.strip() for part in style.split(";") if part.strip() and not part.strip().startswith("font")]
    styled = "; ".join(kept)
    for kind, colour in _COLOURS.items():
        styled = styled.replace(colour, f"var(--{_VARIABLES[kind]})")
    return styled
