"""The registry of aggregates, by the names in definitions; imports one on first use."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from keepfit.features.aggregates.base import Aggregate

# The module that holds each as ``AGGREGATE``.
MODULES: Final[Mapping[str, str]] = {
    "count": "keepfit.features.aggregates.count",
    "sum": "keepfit.features.aggregates.sum",
    "mean": "keepfit.features.aggregates.mean",
    "min": "keepfit.features.aggregates.min",
    "max": "keepfit.features.aggregates.max",
    "std": "keepfit.features.aggregates.std",
    "last": "keepfit.features.aggregates.last",
    "first": "keepfit.features.aggregates.first",
    "distinct": "keepfit.features.aggregates.distinct",
    "share_of": "keepfit.features.aggregates.share_of",
    "quantile": "keepfit.features.aggregates.quantile",
}

if TYPE_CHECKING:
    AggregateName = str
else:
    # What a definition may name is what is listed.
    AggregateName = Literal[tuple(MODULES)]


def aggregate_of(name: str) -> Aggregate[Any]:
    """The aggregate listed under ``name``. Raises KeyError for an unknown name."""
    aggregate: Aggregate[Any] = import_module(MODULES[name]).AGGREGATE
    return aggregate
