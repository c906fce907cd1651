"""What releasing needs from the outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from keepfit.serving.release.canary import RequestCounts
from keepfit.serving.release.golden import Invocation
from keepfit.serving.release.routing import Alias, Routing


class LiveRouting(Protocol):
    """The alias ``live`` of a model's inference function."""

    def read(self) -> Alias:
        """Raises NotFound where the stack is not deployed."""
        ...

    def move(self, routing: Routing, *, revision: str) -> Alias:
        """Points the alias elsewhere and returns it as it is then.

        Raises:
            Conflict: ``revision`` is no longer its revision; read again and decide again.
            NotFound: a Lambda version that does not exist.
        """
        ...


class ReleaseTarget(Protocol):
    """Where releases are published: the versions of a model's inference function."""

    def publish(self, *, bucket: str, key: str, code_sha256: str, description: str) -> str:
        """Makes an immutable version of the package and returns its number, once it can be invoked.

        The same package is published once: doing it again gives the same number.

        Args:
            bucket: where the package is.
            key: its key.
            code_sha256: its SHA-256 in base64; what is published has it, or nothing is published.
            description: shown beside the version.

        Raises:
            Conflict: somebody else changed the function meanwhile.
        """
        ...

    def published(self) -> list[str]:
        """The numbers of all versions that exist."""
        ...

    def delete(self, lambda_version: str) -> None:
        """Takes a version away; one that is gone already is fine.

        Raises:
            Conflict: the alias points to it.
        """
        ...

    def code_sha256(self, lambda_version: str) -> str:
        """The SHA-256, in base64, of the package that this version runs. Raises NotFound where there is none."""
        ...

    def invoke(self, lambda_version: str, event: Mapping[str, Any]) -> Invocation:
        """What exactly this version answers."""
        ...


class CanaryRequests(Protocol):
    """How the requests that the alias sent to a version went."""

    def count(self, lambda_version: str, *, since: datetime, until: datetime) -> RequestCounts:
        """Whole minutes that touch the window; requests of the last minute or two may not be counted yet."""
        ...
