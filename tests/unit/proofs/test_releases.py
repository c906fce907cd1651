from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from keepfit.registry.ledger import Entry, Move, chained
from proofs.load import Reply
from proofs.moves_under_load import Found
from proofs.releases import judge


def entries(*revisions: str) -> list[Entry]:
    made: list[Entry] = []
    for revision in revisions:
        move = Move(
            at=datetime(2026, 1, 1, tzinfo=UTC),
            action="restore",
            version=1,
            lambda_version="2",
            previous_version=1,
            weight=1.0,
            who="ada",
            why="",
            run_id=None,
            revision=revision,
            replaced_revision=made[-1].revision if made else "",
        )
        made.append(chained(made[-1] if made else None, move))
    return made


def answers(first: float, last: float, *, seconds: float = 0.01) -> list[Reply]:
    return [Reply(first + (last - first) * n / 100, seconds, 200) for n in range(100)]


def found(**changes: Any) -> Found:
    good: dict[str, Any] = {
        "replies": answers(0, 10) + answers(20, 40, seconds=0.015),
        "steady": [(0.0, 10.0)],
        "moving": [(20.0 + n, 21.0 + n) for n in range(20)],
        "served": [("2", "2")] * 10,
        "entries": entries("a", "b"),
        "revision": "b",
    }
    return Found(**{**good, **changes})


def broken(**changes: Any) -> list[str]:
    return [claim.promise for claim in judge(found(**changes)).claims if not claim.holds]


def test_clients_who_notice_nothing_and_a_ledger_that_knows_all_hold() -> None:
    assert broken() == []


def test_each_promise_can_be_broken() -> None:
    good = found()
    assert "releases" in broken(moving=good.moving[:19])[0]
    assert "non-2xx" in broken(replies=[*good.replies, Reply(1, 0.01, 503)])[0]
    assert "socket" in broken(replies=[*good.replies, Reply(1, 0.01, 0)])[0]
    assert "p99" in broken(replies=answers(0, 10) + answers(20, 40, seconds=0.021))[0]
    assert "very package" in broken(served=[("2", "2")] * 9 + [("2", "3")])[0]
    forged = msgspec.structs.replace(good.entries[0], why="nobody will notice")
    assert "chain" in broken(entries=[forged, good.entries[1]])[0]
    assert "last entry" in broken(revision="c")[0]
