"""The report of a release's tests over HTTPS: kept with the run that released it."""

from __future__ import annotations

from typing import Literal

import msgspec

from keepfit.registry.verdicts import Verdict

TestedBy = Literal["golden", "refusal", "lookup", "expected"]
"""What is asked: known requests, what has to be refused, what is looked up, or an `expected` test of the model."""


class AskedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a release on a weight of zero; ``problem`` is None where its answer is right."""

    name: str
    by: TestedBy
    ms: float
    problem: str | None = None


class ReleaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a release answered over HTTPS before any client could meet it.

    ``cold_ms`` is the time of the first answer, with a new connection and a function that starts; ``warm_ms`` that of
    the second. ``verdicts`` are those of the gates on releases.
    """

    version: int
    lambda_version: str
    cold_ms: float
    warm_ms: float
    requests: list[AskedRequest]
    verdicts: list[Verdict] = []

    def problems(self, *by: TestedBy) -> list[str]:
        """What was wrong with the answers to requests of these kinds, a line each."""
        return [
            f"{request.name}: {request.problem}"
            for request in self.requests
            if request.by in by and request.problem is not None
        ]
