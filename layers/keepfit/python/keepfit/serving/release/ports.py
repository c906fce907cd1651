"""Ports of releases: what answers, the Lambda versions, the requests of a canary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from keepfit.serving.release.canary import RequestCounts
from keepfit.serving.release.invocation import HttpAnswer, Invocation
from keepfit.serving.release.routing import Alias, Routing


class RoutingReader(Protocol):
    """Reads which releases answer: clients, or tests."""

    def read(self) -> Alias:
        """The routing with its revision. Raises NotFound where the stack is not deployed."""
        ...


class LiveRouting(RoutingReader, Protocol):
    """Reads and moves which releases answer: by an alias of a function, or by weights of target groups."""

    def move(self, routing: Routing, *, revision: str) -> Alias:
        """Routes requests elsewhere and returns the new state.

        Raises:
            Conflict: ``revision`` is no longer its revision; read again and decide again.
            NotFound: a release that does not exist.
        """
        ...


class ReleaseTarget(Protocol):
    """Publishes releases as versions of a model's inference function."""

    def publish(self, *, bucket: str, key: str, code_sha256: str, description: str) -> str:
        """Publishes an immutable version of the package; returns its number once it can be invoked.

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
        """The numbers of all existing versions."""
        ...

    def delete(self, lambda_version: str) -> None:
        """Deletes a version; idempotent.

        Raises:
            Conflict: the alias points to it.
        """
        ...

    def code_sha256(self, lambda_version: str) -> str:
        """The SHA-256, in base64, of the version's package. Raises NotFound where there is none."""
        ...

    def invoke(self, lambda_version: str, event: Mapping[str, Any]) -> Invocation:
        """Invokes exactly this version."""
        ...


class NextRoute(Protocol):
    """Asks the version behind the alias ``next`` over HTTPS, by the API's route that no client may ask."""

    def ask(self, body: bytes) -> HttpAnswer:
        """Posts a body of JSON. Raises ServiceUnavailable where no answer comes."""
        ...


class CanaryRequests(Protocol):
    """Counts the requests of clients that were routed to a version."""

    def count(self, lambda_version: str, *, since: datetime, until: datetime) -> RequestCounts:
        """Counts requests in the whole minutes that touch the window.

        Requests of the last minute or two may not be counted yet.
        """
        ...


class WaitingExecutions(Protocol):
    """Ends the wait of executions of the state machine, each by the token of its waiting step."""

    def go_on(self, token: str, output: Mapping[str, Any]) -> None:
        """Lets the step succeed with ``output``. Raises NotFound where no step waits by this token."""
        ...

    def end(self, token: str, *, error: str, cause: str) -> None:
        """Lets the step fail with ``error``. Raises NotFound where no step waits by this token."""
        ...
