"""Epsilon-greedy: the arm with the best mean, and a fixed share for all together."""

from __future__ import annotations

from collections.abc import Mapping

from keepfit.serving.graph.bandits.arms import Arm


def shares(arms: Mapping[str, Arm], *, explore: float, seed: int) -> dict[str, float]:
    """The shares of arms: ``explore`` parted among all, the rest for the best, of equals the first.

    Source: Sutton and Barto, Reinforcement Learning (2018), 2.2.

    >>> shares({"a": Arm(trials=10, rewards=9_000_000), "b": Arm(trials=10)}, explore=0.2, seed=0)
    {'a': 0.9, 'b': 0.1}
    """
    del seed  # nothing is drawn
    best = max(sorted(arms), key=lambda name: arms[name].mean)
    each = explore / len(arms)
    return {name: 1 - explore + each if name == best else each for name in arms}
