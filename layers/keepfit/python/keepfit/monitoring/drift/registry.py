"""The registry of drift statistics, by the names in definitions; imports one on first use."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from keepfit.monitoring.drift.statistic import Statistic

# The module that holds each as ``STATISTIC``.
MODULES: Final[Mapping[str, str]] = {
    "psi": "keepfit.monitoring.drift.psi",
    "jensen_shannon": "keepfit.monitoring.drift.jensen_shannon",
    "hellinger": "keepfit.monitoring.drift.hellinger",
    "chi_square": "keepfit.monitoring.drift.chi_square",
    "kolmogorov_smirnov": "keepfit.monitoring.drift.kolmogorov_smirnov",
    "wasserstein": "keepfit.monitoring.drift.wasserstein",
}

if TYPE_CHECKING:
    StatisticName = str
else:
    # What a definition may name is what is listed.
    StatisticName = Literal[tuple(MODULES)]


def statistic_of(name: str) -> Statistic:
    """The statistic listed under ``name``. Raises KeyError for an unknown name."""
    statistic: Statistic = import_module(MODULES[name]).STATISTIC
    return statistic
