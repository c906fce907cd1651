"""The registry of contract rules, by the names in definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# The module that holds each as ``RULE``; one is imported when the first of its contracts is met.
MODULES: Final[Mapping[str, str]] = {
    "range": "keepfit.features.contracts.rules.value_range",
    "categories": "keepfit.features.contracts.rules.categories",
    "unique": "keepfit.features.contracts.rules.unique",
    "references": "keepfit.features.contracts.rules.references",
    "freshness": "keepfit.features.contracts.rules.freshness",
    "row_count": "keepfit.features.contracts.rules.row_count",
    "distribution": "keepfit.features.contracts.rules.distribution",
}
