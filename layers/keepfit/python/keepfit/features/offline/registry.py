"""The registry of engines for training sets, by the names in definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

# The module that holds each as ``ENGINE``; one is imported when a training set is built by it.
MODULES: Final[Mapping[str, str]] = {
    "duckdb": "keepfit.adapters.duckdb.engine",
    "spark": "keepfit.adapters.spark.engine",
}

DUCKDB: Final = "duckdb"
SPARK: Final = "spark"
AUTO: Final = "auto"
"""In definitions: Spark where there is much to join, else DuckDB."""

if TYPE_CHECKING:
    EngineName = str
else:
    # Definitions may name what is listed.
    EngineName = Literal[(*MODULES, AUTO)]
