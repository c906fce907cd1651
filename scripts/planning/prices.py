"""List prices, with their date and source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

HOURS = 730
"""Of a month."""


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars by service and unit; ``date`` is the day on which they were read."""

    region: str
    date: str
    services: Mapping[str, Mapping[str, float]]
    sources: Mapping[str, str]

    def of(self, service: str, unit: str) -> float:
        """Dollars of one unit. Raises LookupError for one that is not listed."""
        return self.services[service][unit]


@cache
def list_prices() -> Prices:
    """The prices of ``prices.toml``."""
    read: dict[str, Any] = tomllib.loads(Path(__file__).with_name("prices.toml").read_text(encoding="utf-8"))
    services = {name: each for name, each in read.items() if isinstance(each, dict)}
    return Prices(
        region=read["region"],
        date=read["date"],
        services={
            name: {unit: dollars for unit, dollars in each.items() if unit != "source"}
            for name, each in services.items()
        },
        sources={name: each["source"] for name, each in services.items()},
    )
