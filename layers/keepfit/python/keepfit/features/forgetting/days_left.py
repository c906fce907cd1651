"""How long a rewritten file may stay: as long as the one before would have, by classes of days.

S3 counts the age of an object from when it was written, so a rule by age alone would keep a rewritten file too long.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from keepfit.instants import Duration

DAYS_LEFT: Final = "keepfit-days-left"
"""The tag of a rewritten file; a lifecycle rule for each class expires what has it."""
_STEP: Final = 1.25
_MAX_DAYS: Final = 36_500
_DAY: Final = timedelta(days=1)


def classes(keep: Duration) -> list[int]:
    """The classes of days that files kept for ``keep`` may have left, ascending.

    >>> classes(Duration.parse("10d"))
    [1, 2, 3, 4, 5, 6, 7, 8]
    """
    return [*takewhile(lambda days: days < keep.delta / _DAY, _CLASSES)]


def class_of(keep: Duration, written_at: datetime, now: datetime) -> int | None:
    """The class of a file first written at ``written_at``: at most a quarter longer than it has left.

    None for one that may stay for the whole of ``keep``.
    """
    left = max(1, math.ceil((keep.delta - (now - written_at)) / _DAY))
    return next((days for days in classes(keep) if days >= left), None)


def _all() -> list[int]:
    found = [1]
    while found[-1] < _MAX_DAYS:
        found.append(max(found[-1] + 1, math.floor(found[-1] * _STEP)))
    return found


_CLASSES: Final = _all()
