"""Arms of a bandit: how often each was rewarded, in whole numbers, so that no order of rows matters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from keepfit.errors import InvalidDefinition

UNIT: Final = 1_000_000
"""What a whole reward counts: sums of millionths are exact."""


class Outcome(NamedTuple):
    """The node that answered a request, and the reward of what came of it, from 0 to 1."""

    node: str
    reward: float


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """A node that a router may choose: how many outcomes are known, and their rewards in millionths."""

    trials: int = 0
    rewards: int = 0

    @property
    def mean(self) -> float:
        """The mean reward; one half of nothing."""
        return self.rewards / (UNIT * self.trials) if self.trials else 0.5


def counted(arms: Mapping[str, Arm], outcomes: Iterable[Outcome]) -> dict[str, Arm]:
    """The arms with further outcomes; those of nodes that are no arms count for nothing.

    Raises:
        InvalidDefinition: a reward that is not between 0 and 1.

    >>> counted({"own": Arm(), "forest": Arm()}, [Outcome("own", 1.0), Outcome("own", 0.5)])["own"]
    Arm(trials=2, rewards=1500000)
    """
    trials, rewards = dict.fromkeys(arms, 0), dict.fromkeys(arms, 0)
    for node, reward in outcomes:
        if not 0 <= reward <= 1 or math.isnan(reward):
            raise InvalidDefinition(
                f"a reward is between 0 and 1, and {reward!r} is none: scale what outcomes are worth"
            )
        if node in trials:
            trials[node] += 1
            rewards[node] += round(reward * UNIT)
    return {
        name: Arm(trials=arm.trials + trials[name], rewards=arm.rewards + rewards[name])
        for name, arm in arms.items()
    }
