"""The names of seasons and their phases, readable without numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

SeasonName = Literal["week", "year"]
PHASES: Final[Mapping[SeasonName, int]] = {"week": 7, "year": 12}
"""The days of a week from Monday on, and the months of a year, in UTC."""
