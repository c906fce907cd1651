"""The gates of the registry, from their listings."""

from __future__ import annotations

from keepfit.training.judging.gates.registry import LISTINGS
from tests.docs.generate.markdown import table


def gates() -> str:
    """A row for each gate in the order in which they are asked."""
    rows = [
        [f"`{name}`", listing.asks, f"with `{listing.setting}`" if listing.setting else "always"]
        for name, listing in LISTINGS.items()
    ]
    return table(["gate", "asks that", "asked"], rows)
