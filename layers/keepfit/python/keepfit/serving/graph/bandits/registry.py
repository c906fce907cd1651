"""The registry of bandit policies, each imported on its first use."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final, Protocol

from keepfit.errors import InvalidDefinition
from keepfit.serving.graph.bandits.arms import Arm

MODULES: Final[Mapping[str, str]] = {
    "epsilon_greedy": "keepfit.serving.graph.bandits.epsilon_greedy",
    "thompson": "keepfit.serving.graph.bandits.thompson",
}
"""The module of each, which has it as ``shares``."""


class Policy(Protocol):
    """Parts requests among arms."""

    def __call__(self, arms: Mapping[str, Arm], *, explore: float, seed: int) -> dict[str, float]:
        """The share of each arm, above 0 where ``explore`` is; together 1."""
        ...


def policy_of(name: str) -> Policy:
    """The policy of this name. Raises InvalidDefinition where there is none."""
    if name not in MODULES:
        raise InvalidDefinition(
            f"there is no bandit policy {name[:40]!r}; there are {', '.join(sorted(MODULES))}"
        )
    policy: Policy = import_module(MODULES[name]).shares
    return policy
