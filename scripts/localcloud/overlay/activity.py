"""Whether anything may have changed since somebody looked last."""

from __future__ import annotations

import itertools

_ticks = itertools.count(1)
_latest = [0]


def touch() -> None:
    """Something changed, or is about to."""
    _latest[0] = next(_ticks)


def latest() -> int:
    """A number that differs from an earlier answer when something may have changed in between."""
    return _latest[0]
