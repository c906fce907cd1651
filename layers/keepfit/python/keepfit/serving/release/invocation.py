"""The answers of a release, by invocation and over HTTPS, as values that can be read without numpy."""

from __future__ import annotations

import msgspec


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a Lambda version; ``error`` is the name of the raised error, if any."""

    payload: bytes
    error: str | None = None


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one request over HTTPS, and how long it took.

    ``lambda_version`` is the one that answered; None where the gateway did, or a version of no release.
    """

    status: int
    body: bytes
    lambda_version: str | None
    seconds: float
