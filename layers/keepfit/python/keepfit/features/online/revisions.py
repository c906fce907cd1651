"""Revisions of an entity's features: which are kept online, and which counts as of a moment.

The rule is that of training, see ``features.offline.plan.ViewJoin``. A revision is dropped once a newer one counts at
every moment that may still be asked for: those up to ``GRACE`` before the newest that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final, Literal

import msgspec

_US: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US_DELTA: Final = timedelta(microseconds=1)
GRACE: Final = 600 * _US
"""Microseconds: clocks differ, and a request may be older than what came in meanwhile."""
MAX_REVISIONS: Final = 100
"""Of more revisions within the delay of a view, the last of each hundredth of their span is kept."""

Value = bool | int | float | str | None
Found = Literal["found", "expired", "absent"]


class Revision(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The features of one row, by name.

    Times are microseconds since 1970, instants among the values ISO 8601.
    Of a dataset without a time, ``happened`` is when the row was uploaded and ``known`` when it was taken in.
    ``source`` begins the SHA-256 of its upload, ``line`` is its place there, and ``key`` tells it from other rows of
    one entity and instant, None where the dataset has no key.
    """

    happened: int
    known: int
    source: str
    line: int
    uploaded: int
    key: str | None
    values: dict[str, Value]

    @property
    def counts_from(self) -> int:
        """When it had happened and was known."""
        return max(self.happened, self.known)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How long before a moment a revision must have counted, and for how long it does; microseconds."""

    delay: int
    ttl: int
    timeless: bool

    @classmethod
    def of_seconds(cls, *, delay_s: int, ttl_s: int, timeless: bool) -> Rule:
        return cls(delay=delay_s * _US, ttl=ttl_s * _US, timeless=timeless)


SOURCE_LENGTH: Final = 16

_decode = msgspec.json.Decoder(list[Revision]).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def from_json(body: str) -> list[Revision]:
    """The revisions of an item of the store."""
    return _decode(body)


def to_json(revisions: Sequence[Revision]) -> str:
    """Canonical JSON: equal revisions are equal texts."""
    return _encode(revisions).decode()


def micros(instant: datetime) -> int:
    """An aware instant as microseconds since 1970.

    >>> from keepfit.instants import from_iso
    >>> micros(from_iso("1970-01-01T00:00:01Z"))
    1000000
    """
    return (instant - _EPOCH) // _US_DELTA


def merged(
    held: Sequence[Revision],
    new: Iterable[Revision],
    rule: Rule,
    *,
    now: int,
    keeps: Callable[[str, int], bool] = lambda _source, _uploaded: True,
) -> list[Revision]:
    """The revisions to keep of ``held`` and ``new`` ones, in any order and as often as they come.

    Args:
        held: what is kept of the entity.
        new: more of its rows.
        rule: of its view.
        now: microseconds since 1970; what counts later only does not displace what counts now.
        keeps: whether what came from a source, at an instant, is still a part of the dataset, or will be.
    """
    left = [revision for revision in held if keeps(revision.source, revision.uploaded)]
    rows = _once([*left, *new], rule)
    if not rows:
        return []
    if rule.timeless:
        return [max(rows, key=_upload_order)]
    newest = max(revision.counts_from for revision in rows)
    left = _undominated(rows, min(newest, now) - GRACE - rule.delay)
    left.sort(key=_order)
    return thinned(left, parts=MAX_REVISIONS) if len(left) > MAX_REVISIONS else left


def thinned(rows: Sequence[Revision], *, parts: int) -> list[Revision]:
    """The last row of each of so many parts of the time in which they begin to count."""
    in_time = sorted(rows, key=lambda row: (row.counts_from, *_order(row)))
    first, last = in_time[0].counts_from, in_time[-1].counts_from
    span = last - first + 1
    by_part = {(row.counts_from - first) * parts // span: row for row in in_time}
    return sorted(by_part.values(), key=_order)


def counting(
    revisions: Sequence[Revision], features: Sequence[str], rule: Rule, *, moment: int
) -> tuple[Found, Revision | None]:
    """The revision that counts as of ``moment``, microseconds since 1970, or one that is too old.

    Of several of one event that became known together it is the one with the largest values, feature by feature.
    """
    if rule.timeless:
        return ("found", revisions[-1]) if revisions else ("absent", None)
    latest = moment - rule.delay
    best: list[Revision] = []
    for revision in reversed(revisions):
        if revision.counts_from > latest:
            continue
        if best and (revision.happened, revision.known) != (best[0].happened, best[0].known):
            break
        best.append(revision)
    if not best:
        return "absent", None
    chosen = best[0] if len(best) == 1 else max(best, key=lambda one: _by_value(one, features))
    return ("expired" if chosen.happened < latest - rule.ttl else "found"), chosen


def _by_value(revision: Revision, features: Sequence[str]) -> list[tuple[bool, Any]]:
    values = [revision.values.get(feature) for feature in features]
    return [(value is not None, 0 if value is None else value) for value in values]


def _order(revision: Revision) -> tuple[int, int, str, int]:
    return revision.happened, revision.known, revision.source, revision.line


def _upload_order(revision: Revision) -> tuple[int, int, str, int]:
    return revision.uploaded, revision.known, revision.source, revision.line


def _once(rows: Iterable[Revision], rule: Rule) -> list[Revision]:
    """Each row once, as it was given last.

    Of rows of one key that were known together the one counts that was uploaded last; of rows that are equal without a
    key, the one that was uploaded first, so that its copies neither outlive nor displace it.
    """
    by_place = {(row.source, row.line): row for row in rows}.values()
    if rule.timeless:
        return list(by_place)
    by_key: dict[Any, Revision] = {}
    for row in by_place:
        values = tuple(sorted(row.values.items())) if row.key is None else None
        same = row.happened, row.known, row.key, values
        other = by_key.get(same)
        if other is None or (_upload_order(other) < _upload_order(row)) == (row.key is not None):
            by_key[same] = row
    return list(by_key.values())


def _undominated(rows: Sequence[Revision], horizon: int) -> list[Revision]:
    """Those that count at some moment from ``horizon`` on: no newer event counts as soon as they do."""

    def event(revision: Revision) -> tuple[int, int]:
        return revision.happened, revision.known

    left: list[Revision] = []
    soonest: int | None = None
    for _, same in groupby(sorted(rows, key=event, reverse=True), event):
        tied = list(same)
        counts_from = tied[0].counts_from
        if soonest is None or soonest > max(horizon, counts_from):
            left += tied
        soonest = counts_from if soonest is None else min(soonest, counts_from)
    return left
