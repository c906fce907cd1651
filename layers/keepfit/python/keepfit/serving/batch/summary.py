"""The summary of a batch: what came of its rows, by which version, and why rows were refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from keepfit.serving.batch.part_files import PartResult, Reason

SUMMARY: Final = "summary.json"
_MAX_NAMED = 100


class UnreadPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of which no row could be read, and why."""

    number: int
    rows: int
    reason: str


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """SHA-256 in hex of what was read: the file as it is, and the model."""

    file: str
    model: str
    signature: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: ``rows`` are ``answered`` or ``refused``, those of ``unread`` parts included.

    ``reasons`` counts problems, of which a row may have several. ``seconds`` is the time that parts took, one after
    the other.
    """

    model: str
    version: int
    file: str
    format: str
    rows: int
    answered: int
    refused: int
    reasons: list[Reason]
    unread: list[UnreadPart]
    parts: int
    digests: Digests
    started_at: str
    ended_at: str
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether all of the file could be read."""
        return not self.unread


def counted(results: Iterable[PartResult]) -> dict[str, object]:
    """The fields of a summary that follow from the results of all parts."""
    parts = list(results)
    reasons: Counter[tuple[str | None, str]] = Counter()
    for part in parts:
        for each in part.reasons:
            reasons[each.field, each.reason] += each.rows
    return {
        "rows": sum(part.rows for part in parts),
        "answered": sum(part.answered for part in parts),
        "refused": sum(part.refused for part in parts),
        "reasons": [
            Reason(field=field, reason=reason, rows=rows)
            for (field, reason), rows in sorted(reasons.items(), key=lambda item: (-item[1], str(item[0])))[
                :_MAX_NAMED
            ]
        ],
        "unread": [
            UnreadPart(number=part.number, rows=part.rows, reason=part.unread)
            for part in sorted(parts, key=lambda part: part.number)
            if part.unread is not None
        ],
        "parts": len(parts),
        "seconds": round(sum(part.seconds for part in parts), 3),
    }
