"""The state of a bandit, turn by turn: a chain of values that can be replayed to the same shares.

A turn takes the outcomes that became known since the one before, each by the id of its prediction, and gives the
shares until the next. Nothing is drawn while requests are answered, and no clock is read, so whoever has the outcomes
finds the same states.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from keepfit.errors import InvalidDefinition, TamperedArtifact
from keepfit.serving.graph.bandits.arms import Arm, Outcome, counted
from keepfit.serving.graph.bandits.registry import policy_of

GENESIS: Final = ""
_SEED_BYTES: Final = 8

Outcomes = Mapping[str, Outcome]
"""Outcomes by the ids of their predictions: each counts once, however often it was reported."""


class BanditState(msgspec.Struct, frozen=True, kw_only=True):
    """A bandit after ``turn`` turns.

    ``shares`` are what the router gives each arm until the next turn; ``explore`` is what is parted among all of them.
    ``outcomes`` is the digest of what the turn learned from, ``previous`` that of the state before it.
    """

    policy: str
    explore: float
    seed: int
    turn: int
    arms: dict[str, Arm]
    shares: dict[str, float]
    outcomes: str
    previous: str

    @property
    def digest(self) -> str:
        """The SHA-256 digest of the state, in hex."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


def begin(policy: str, arms: Sequence[str], *, explore: float, seed: int) -> BanditState:
    """The state before anything is known: all arms have the same share.

    Raises:
        InvalidDefinition: an unknown policy, fewer than two arms or one twice, or nothing to explore by.
    """
    policy_of(policy)
    if len(arms) < 2 or len(set(arms)) < len(arms):
        raise InvalidDefinition("a bandit chooses among two nodes at least, each named once")
    if not 0 < explore <= 1:
        raise InvalidDefinition(
            f"explore = {explore!r} must be above 0, and 1 at most: an arm without requests is never known better"
        )
    names = sorted(arms)
    return BanditState(
        policy=policy,
        explore=explore,
        seed=seed,
        turn=0,
        arms={name: Arm() for name in names},
        shares={name: 1 / len(names) for name in names},
        outcomes=GENESIS,
        previous=GENESIS,
    )


def learn(state: BanditState, outcomes: Outcomes) -> BanditState:
    """The state after one more turn. Raises InvalidDefinition for a reward that is not between 0 and 1."""
    arms = counted(state.arms, outcomes.values())
    shares = policy_of(state.policy)(arms, explore=state.explore, seed=_seed(state))
    return msgspec.structs.replace(
        state,
        turn=state.turn + 1,
        arms=arms,
        shares=shares,
        outcomes=digest_of(outcomes),
        previous=state.digest,
    )


def replay(first: BanditState, turns: Sequence[Outcomes]) -> list[BanditState]:
    """Every state from ``first`` on, of the outcomes of each turn."""
    states = [first]
    for outcomes in turns:
        states.append(learn(states[-1], outcomes))
    return states


def verify(states: Sequence[BanditState], turns: Sequence[Outcomes]) -> None:
    """Checks that states are what their outcomes make of the first one.

    Raises:
        TamperedArtifact: names the first turn whose state, or whose outcomes, are others.
    """
    if len(states) != len(turns) + 1:
        raise TamperedArtifact(f"{len(states)} states cannot come of {len(turns)} turns")
    for made, kept in zip(replay(states[0], turns), states, strict=True):
        if made != kept:
            what = "outcomes" if made.outcomes != kept.outcomes else "state"
            raise TamperedArtifact(
                f"the {what} of turn {kept.turn} of the bandit is not what it was made of; compare with a backup"
            )


def digest_of(outcomes: Outcomes) -> str:
    """The SHA-256 digest of outcomes in the order of their ids, in hex."""
    return hashlib.sha256(msgspec.json.encode(sorted(outcomes.items()))).hexdigest()


def _seed(state: BanditState) -> int:
    """The seed of a turn's draws: another one for each turn."""
    text = f"{state.seed}:{state.turn}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:_SEED_BYTES])
