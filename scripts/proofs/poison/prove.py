"""Poisoned uploads do not become champions, and honest ones do: both rates, measured together.

Twelve kinds of poison and three honest uploads, drift included, come to each of three tables, three times. What is held
at ingest changes nothing; what is not is trained and judged as any other. An honest upload counts where its model would
be released without these defences, since not every upload improves a model.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, Literal

import numpy as np

from proofs.poison.house import House, empty_house, keeps_what_was_known
from proofs.poison.kinds import KINDS
from proofs.poison.worlds import WORLDS, World
from proofs.proof import Proof, Tell, at_least

NAME: Final = "poison"
SEEDS, DRIFTS = 3, (0.0, 0.3, 0.6)
MIN_STOPPED_SHARE, MIN_HONEST_SHARE, MIN_HONEST = 0.98, 0.95, 20
_FILES, _FILE_ROWS, _POISONED_ROWS = 5, 700, 1000
_FEW_FILES, _FEW_ROWS, _MANY_ROWS = 2, 500, 2500

Fate = Literal["held", "refused by gates", "a champion"]


def prove(tell: Tell) -> Proof:
    """Runs every upload, and counts their fates."""
    poisoned, honest, undecided = Counter[tuple[str, Fate]](), Counter[Fate](), 0
    for world in WORLDS:
        for seed in range(SEEDS):
            tell(f"poison: {world.name}, seed {seed}")
            known = _known(world, seed, _FILES, _FILE_ROWS)
            for kind in KINDS:
                poisoned[kind, _poisoned(known, kind, seed)] += 1
            young = _known(world, seed, _FEW_FILES, _FEW_ROWS).released_model()
            for drift in DRIFTS:
                fate = _honest(young, drift, seed)
                undecided += fate is None
                if fate is not None:
                    honest[fate] += 1
    return _proof(poisoned, honest, undecided)


def _known(world: World, seed: int, files: int, rows: int) -> House:
    """The house after its first uploads, which a person lets in where they stand out of one or two."""
    house = empty_house(world, seed)
    for number in range(files):
        house, taken = house.upload(world.rows(seed, rows * number, rows, 0.0))
        if taken.outcome == "refused":
            house.let_in()
    return house


def _poisoned(known: House, kind: str, seed: int) -> Fate:
    world = known.world
    rows = world.rows(seed, _FILES * _FILE_ROWS, _POISONED_ROWS, 0.0)
    bad = KINDS[kind](rows, world, np.random.default_rng(seed))
    _, taken = known.copy().upload(bad)
    if taken.outcome == "refused":
        return "held"
    # Only now: most are held, and a model takes its time.
    house, _ = known.copy().released_model().upload(bad)
    judgement = house.train()
    won = judgement.winner is not None and keeps_what_was_known(judgement)
    return "a champion" if won else "refused by gates"


def _honest(champion: House, drift: float, seed: int) -> Fate | None:
    """None where its model would not be released without the defences either."""
    rows = champion.world.rows(seed, _FEW_FILES * _FEW_ROWS, _MANY_ROWS, drift)
    house, taken = champion.copy().upload(rows)
    if taken.outcome == "refused":
        return "held"
    judgement = house.train()
    if judgement.winner is None:
        return None
    return "a champion" if keeps_what_was_known(judgement) else "refused by gates"


def _proof(poisoned: Counter[tuple[str, Fate]], honest: Counter[Fate], undecided: int) -> Proof:
    uploads = sum(poisoned.values())
    stopped = uploads - sum(count for (_, fate), count in poisoned.items() if fate == "a champion")
    improvements = sum(honest.values())
    accepted = honest["a champion"] / max(1, improvements)
    fates: tuple[Fate, ...] = ("held", "refused by gates", "a champion")
    details: list[dict[str, Any]] = [
        {"upload": kind, **{fate.replace(" ", "_"): poisoned[kind, fate] for fate in fates}} for kind in KINDS
    ]
    details.append({"upload": "honest", **{fate.replace(" ", "_"): honest[fate] for fate in fates}})
    return Proof(
        name=NAME,
        claims=[
            at_least(
                f"share of {uploads} poisoned uploads that change no champion",
                stopped / uploads,
                MIN_STOPPED_SHARE,
            ),
            at_least("honest uploads that would be released without the defences", improvements, MIN_HONEST),
            at_least("share of those that still are", accepted, MIN_HONEST_SHARE),
        ],
        figures={
            "poisoned": uploads,
            "stopped": stopped,
            "honest": improvements,
            "accepted": honest["a champion"],
            "honest_no_better": undecided,
        },
        details=details,
    )
