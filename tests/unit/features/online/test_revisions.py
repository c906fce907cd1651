"""An entity keeps the revisions that may still count, and one counts as of a moment."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from msgspec.structs import replace

from keepfit.adapters.memory.online import MemoryOnlineStore
from keepfit.features.online.entity_items import MAX_BYTES, LatestItems
from keepfit.features.online.revisions import (
    GRACE,
    MAX_REVISIONS,
    Revision,
    Rule,
    counting,
    from_json,
    merged,
    micros,
    to_json,
)
from tests.unit.features.support.online import view

RULE = Rule(delay=0, ttl=10**15, timeless=False)
NOW = 10**16


def row(
    happened: int, value: float, *, known: int | None = None, line: int | None = None, source: str = "a"
) -> Revision:
    return Revision(
        happened=happened,
        known=happened if known is None else known,
        source=source,
        line=happened if line is None else line,
        uploaded=happened if line is None else line,
        key=None,
        values={"rain": value},
    )


def test_an_older_event_never_takes_the_place_of_a_newer_one() -> None:
    newer = merged([], [row(9 * GRACE, 1)], RULE, now=NOW)
    both = merged(newer, [row(3 * GRACE, 2)], RULE, now=NOW)
    assert counting(both, ["rain"], RULE, moment=9 * GRACE) == ("found", *newer)
    assert merged([*newer, row(9 * GRACE + 1, 3)], [row(9 * GRACE, 2, known=1)], RULE, now=NOW)[
        -1
    ].values == {"rain": 3}


def test_the_same_rows_again_change_nothing() -> None:
    rows = [row(n, n, known=n + 7 * (n % 3), line=n) for n in range(1, 40)]
    once = merged([], rows, RULE, now=NOW)
    assert merged(once, rows, RULE, now=NOW) == once
    assert from_json(to_json(once)) == once


def test_what_counted_shortly_before_stays_for_requests_that_are_on_their_way() -> None:
    kept = merged([], [row(1, 1), row(2 * GRACE, 2), row(2 * GRACE + 5, 3)], RULE, now=NOW)
    assert [revision.values["rain"] for revision in kept] == [1, 2, 3]
    _, before = counting(kept, ["rain"], RULE, moment=2 * GRACE + 4)
    assert before is not None
    assert before.values == {"rain": 2}
    assert len(merged(kept, [row(9 * GRACE, 4)], RULE, now=NOW)) == 2


def test_an_event_of_the_future_does_not_displace_what_counts_now() -> None:
    kept = merged([], [row(1, 1), row(2 * NOW, 2)], RULE, now=NOW)
    assert counting(kept, ["rain"], RULE, moment=NOW)[1] == row(1, 1)
    assert counting(kept, ["rain"], RULE, moment=2 * NOW)[1] == row(2 * NOW, 2)


def test_a_value_that_is_too_old_is_told_as_expired() -> None:
    rule = Rule(delay=5, ttl=10, timeless=False)
    kept = merged([], [row(100, 1)], rule, now=NOW)
    states = [counting(kept, ["rain"], rule, moment=moment)[0] for moment in (104, 105, 115, 116)]
    assert states == ["absent", "found", "found", "expired"]


def test_rows_of_a_withdrawn_upload_go() -> None:
    kept = merged([], [row(1, 1, source="a"), row(2, 2, source="b")], RULE, now=NOW)
    assert merged(kept, [], RULE, now=NOW, keeps=lambda source, _: source != "b") == [row(1, 1, source="a")]


def test_a_delay_of_many_changes_keeps_a_hundred_evenly_in_time() -> None:
    rule = Rule(delay=10**12, ttl=10**15, timeless=False)
    rows = [row(10**9 + n * 10**6, n, line=n) for n in range(5000)]
    kept = merged([], rows, rule, now=NOW)
    assert len(kept) == MAX_REVISIONS
    assert kept[-1] == rows[-1]
    gaps = [after.happened - before.happened for before, after in itertools.pairwise(kept)]
    assert max(gaps) <= 50 * 10**6


def test_without_a_time_the_row_that_was_uploaded_last_counts() -> None:
    rule = Rule(delay=0, ttl=0, timeless=True)
    kept = merged([row(5, 1, line=9)], [row(5, 2, line=10), row(5, 3, line=8)], rule, now=NOW)
    assert kept == [row(5, 2, line=10)]
    assert counting(kept, ["rain"], rule, moment=0) == ("found", kept[0])


def test_large_values_leave_fewer_revisions_and_the_newest_stays() -> None:
    at = datetime(2013, 1, 1, tzinfo=UTC)
    rows = [row(micros(at) - 10**6 * (64 - n), n, line=n) for n in range(64)]
    large = [replace(one, values={"sky": "x" * 9_000}) for one in rows]
    store = MemoryOnlineStore()
    LatestItems(view=view(), store=store).merge([("[1]", large)], at=at)
    [held] = store.items.values()
    assert len(held.body) <= MAX_BYTES
    assert from_json(held.body)[-1] == large[-1]
