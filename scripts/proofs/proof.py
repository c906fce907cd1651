"""The result of a proof: claims and figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

Tell = Callable[[str], None]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A promise in a few words, the measured value, and whether it holds."""

    promise: str
    found: str
    holds: bool


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Claims, their figures, and in ``details`` the rows of a table that people see too."""

    name: str
    claims: list[Claim]
    figures: dict[str, Any]
    details: list[dict[str, Any]] = []

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.claims)

    def document(self) -> dict[str, Any]:
        """The proof as a JSON document."""
        return {"proof": self.name, "holds": self.holds, "claims": self.claims, "figures": self.figures}


def at_least(promise: str, found: float, least: float) -> Claim:
    """A claim about a number with a minimum.

    >>> at_least("retrainings", 1, 2)
    Claim(promise='retrainings: at least 2', found='1', holds=False)
    """
    return Claim(promise=f"{promise}: at least {_shown(least)}", found=_shown(found), holds=found >= least)


def at_most(promise: str, found: float, most: float) -> Claim:
    """A claim about a number with a maximum."""
    return Claim(promise=f"{promise}: at most {_shown(most)}", found=_shown(found), holds=found <= most)


def _shown(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:.4g}"
