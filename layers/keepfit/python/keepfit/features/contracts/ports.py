"""Ports of contracts: the history of a dataset, and other datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from keepfit.features.profiles.profile import Profile


class History(Protocol):
    """The uploads of a dataset before the one that is checked."""

    def profiles(self) -> list[Profile] | None:
        """Their profiles, the newest last; None where history cannot be seen from here."""
        ...


class Neighbours(Protocol):
    """The newest versions of other datasets."""

    def rows(self, dataset: str, fields: Sequence[str]) -> str | None:
        """SQL for a relation of the different values of ``fields``; None where it cannot be seen from here.

        Raises:
            TooLarge: there is more than can be compared.
        """
        ...


class TooLarge(Exception):
    """A dataset that is too large to compare with; the message says how large."""
