"""Thompson sampling: each arm gets the share that is the chance that it is the best one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from keepfit.serving.graph.bandits.arms import UNIT, Arm

_DRAWS: Final = 10_000


def shares(arms: Mapping[str, Arm], *, explore: float, seed: int) -> dict[str, float]:
    """The shares of arms, by draws of their mean rewards; ``explore`` is parted among all beside.

    A mean reward has a Beta distribution, uniform before anything is known; a reward between 0 and 1 counts as that
    part of a success. The same arms and seed have the same shares.

    Source: Agrawal and Goyal, Analysis of Thompson Sampling for the Multi-armed Bandit Problem (2012).
    """
    random, names = np.random.default_rng(seed), sorted(arms)
    means = np.column_stack([_draws(arms[name], random) for name in names])
    best = np.bincount(means.argmax(axis=1), minlength=len(names)) / _DRAWS
    chances = dict(zip(names, best.tolist(), strict=True))
    return {name: (1 - explore) * chances[name] + explore / len(arms) for name in arms}


def _draws(arm: Arm, random: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    successes = arm.rewards / UNIT
    return random.beta(1 + successes, 1 + arm.trials - successes, size=_DRAWS)
