"""The port through which a model is described, wherever its versions are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from keepfit.features.schema.signature import Signature


class ServingVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a model that answers clients, and the share of requests that it gets."""

    version: int
    share: float


class DescribedModel(Protocol):
    """A model, its versions that answer, and what they take."""

    @property
    def name(self) -> str:
        """Of the model."""
        ...

    @property
    def takes_outcomes(self) -> bool:
        """Whether clients report what came true of its predictions, by prediction id."""
        ...

    def serving(self) -> Sequence[ServingVersion]:
        """The versions that answer, the champion first; none before the first release."""
        ...

    def signature(self, version: int) -> Signature:
        """The signature of a version. Raises NotFound where there is none."""
        ...

    def require(self, version: int) -> None:
        """Raises NotFound, with those that can, where this version cannot be asked."""
        ...
