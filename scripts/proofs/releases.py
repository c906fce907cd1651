"""Proof: releases and rollbacks under load fail no request, and the ledger records each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from keepfit.errors import TamperedArtifact
from keepfit.registry.ledger import Entry, verify
from proofs.load import NO_ANSWER, Reply
from proofs.moves_under_load import MOVES, Found, Window, measure
from proofs.own_cloud import own_cloud
from proofs.proof import Claim, Proof, Tell, at_least, at_most

NAME = "releases"
_MAX_TIMES = 2.0


def prove(tell: Tell) -> Proof:
    """Deploys to a cloud of its own, trains once, then releases and rolls back under load."""
    with own_cloud(tell) as (deployment, folder):
        return judge(measure(deployment, folder, tell))


def judge(found: Found) -> Proof:
    """The claims about replies to clients and about the ledger."""
    steady, moving = _within(found.replies, found.steady), _within(found.replies, found.moving)
    silent = sum(reply.status == NO_ANSWER for reply in found.replies)
    refused = sum(reply.status // 100 != 2 for reply in found.replies) - silent
    broken = _broken(found.entries)
    back = [before == after for before, after in found.served]
    slower = _p99(moving) / _p99(steady)
    return Proof(
        name=NAME,
        claims=[
            at_least("releases and rollbacks", len(found.moving), MOVES),
            at_most(f"non-2xx among {len(found.replies):,} answers", refused, 0),
            at_most("socket errors", silent, 0),
            at_most("p99 while the alias moves, in times of the steady one", slower, _MAX_TIMES),
            at_least("rollbacks that brought back the very package that served", sum(back), len(back)),
            Claim(
                promise="the ledger is one chain",
                found=broken or f"{len(found.entries)} entries",
                holds=not broken,
            ),
            Claim(
                promise="the ledger's last entry is what the alias serves",
                found=f"Lambda version {found.entries[-1].lambda_version}",
                holds=found.entries[-1].revision == found.revision and not _gaps(found.entries),
            ),
        ],
        figures={
            "requests": len(found.replies),
            "steady": _figures(steady),
            "moving": _figures(moving),
            "seconds_of_moves": [round(end - begin, 1) for begin, end in found.moving],
        },
    )


def _within(replies: Sequence[Reply], windows: Sequence[Window]) -> list[float]:
    """The durations in seconds of requests sent within one of the windows, sorted."""
    return sorted(
        reply.seconds for reply in replies if any(begin <= reply.at <= end for begin, end in windows)
    )


def _p99(seconds: Sequence[float]) -> float:
    return seconds[len(seconds) * 99 // 100]


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    middle, most = seconds[len(seconds) // 2], seconds[-1]
    found = {
        "requests": len(seconds),
        "p50_ms": middle * 1e3,
        "p99_ms": _p99(seconds) * 1e3,
        "max_ms": most * 1e3,
    }
    return {name: round(figure, 1) for name, figure in found.items()}


def _gaps(entries: Sequence[Entry]) -> int:
    return sum(after.replaced_revision != before.revision for before, after in pairwise(entries))


def _broken(entries: Sequence[Entry]) -> str | None:
    try:
        verify(entries)
    except TamperedArtifact as error:
        return str(error)
    return None
