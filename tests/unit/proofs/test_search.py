"""Proofs of searches tell what they found, and fail where it falls short."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from proofs.searches.errands import HANGS, KILLS, RAISES, strengths
from proofs.searches.histories import Extent
from proofs.searches.prove import Found, summarize
from proofs.tables import searching
from proofs.tables.searching import Searched
from tests.unit.training.support.searches import record, trial

OUTCOMES = {RAISES: "failed", HANGS: "too slow", KILLS: "failed"}
EXTENT = Extent(events=80, children=11, most_of_a_child=90, largest_payload=4000)


def found() -> Found:
    trials = [trial(0, 0.7)]
    for number, value in enumerate(strengths(), start=1):
        made = trial(number, 0.7 + number / 1000, outcome=OUTCOMES.get(value, "measured"), C=value)  # type: ignore[arg-type]
        ended = "it ended the process that measured it" if value == KILLS else None
        trials.append(msgspec.structs.replace(made, reason=ended))
    report = {"compute": {"on": "lambda", "moved": None}}
    return Found(record=record(*trials, best=204), report=report, digest="d" * 64, extent=EXTENT)


def test_a_bounded_search_with_one_winner_holds_every_promise() -> None:
    proof = summarize({1: found(), 2: found(), 4: found()})
    assert [claim.found for claim in proof.claims if not claim.holds] == []
    assert len(found().record.trials) >= 200


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"extent": replace(EXTENT, most_of_a_child=25_000)}, 1),
        ({"extent": replace(EXTENT, events=300)}, 2),
        ({"extent": replace(EXTENT, largest_payload=300_000)}, 3),
        ({"record": record(*found().record.trials, best=3)}, 6),
        ({"digest": "e" * 64}, 7),
    ],
)
def test_what_is_unbounded_or_differs_breaks_its_promise(changed: dict[str, object], broken: int) -> None:
    proof = summarize({1: found(), 4: replace(found(), **changed)})  # type: ignore[arg-type]
    assert [claim.holds for claim in proof.claims].index(False) == broken


def test_a_table_on_which_the_search_loses_too_much_breaks_the_promise_and_the_mean_another() -> None:
    good = Searched(table="a", metric="roc_auc", advantage=0.004)
    bad = Searched(table="b", metric="roc_auc", advantage=-0.003)
    assert searching.summarize([good]).holds
    assert [claim.holds for claim in searching.summarize([good, bad]).claims] == [True, True, False]
    assert [claim.holds for claim in searching.summarize([bad]).claims] == [True, False, False]
    assert not searching.summarize([good, Searched(table="c", stuck="no rows")]).holds
