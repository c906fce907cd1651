"""A counter of changes, to detect whether anything may have changed."""

from __future__ import annotations

import itertools

_ticks = itertools.count(1)
_latest = [0]


def touch() -> None:
    """Records a change, or that one is about to happen."""
    _latest[0] = next(_ticks)


def latest() -> int:
    """The number of changes so far; equal numbers mean that nothing has changed in between."""
    return _latest[0]
