"""Pairs of bars for two distributions over the same bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keepfit.pages.markup import Html
from keepfit.pages.plots.svg import bar, drawing, group, text

_LABELS, _BARS, _ROW, _BAR = 150, 280, 24, 8
_MAX_LETTERS = 20

CLASSES: Final = ("base", "c1")
"""The colours of both distributions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One bin: the share of each distribution that lies in it, 0 to 1."""

    label: str
    before: float
    after: float


def paired(bins: Sequence[Bin], *, of: str, names: tuple[str, str]) -> Html:
    """Bars of both distributions with their ``names``; ``of`` is the distributed column."""
    scale = _BARS / max([*(max(each.before, each.after) for each in bins), 1e-9])
    rows = (_row(each, names, scale, _ROW * number) for number, each in enumerate(bins))
    shares = (f"{each.label} {each.before:.1%} and {each.after:.1%}" for each in bins)
    description = "; ".join([f"{of}: share of {names[0]} and of {names[1]}", *shares])
    return drawing(_LABELS + _BARS, _ROW * len(bins), description, rows)


def _row(each: Bin, names: tuple[str, str], scale: float, top: float) -> Html:
    pair = (
        group(kind, None, bar(_LABELS, top + 3 + _BAR * number, share * scale, _BAR, f"{name}: {share:.1%}"))
        for number, (kind, name, share) in enumerate(
            zip(CLASSES, names, (each.before, each.after), strict=True)
        )
    )
    return group("bin", each.label, text(_LABELS - 8, top + 15, _short(each.label), "end"), pair)


def _short(label: str) -> str:
    return label if len(label) <= _MAX_LETTERS else label[: _MAX_LETTERS - 1] + "…"
