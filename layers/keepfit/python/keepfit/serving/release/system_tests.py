"""System tests: requests to a release over HTTPS on a weight of zero, before any client.

The alias ``next`` points to it. Its route wants a signature of the function that tests, and no token opens it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from keepfit.errors import ServiceUnavailable, Superseded
from keepfit.registry.release_report import AskedRequest, ReleaseReport, TestedBy
from keepfit.serving.release.golden import as_event, shown
from keepfit.serving.release.invocation import HttpAnswer
from keepfit.serving.release.ports import NextRoute, ReleaseTarget

TIMEOUT_S = 60.0
"""How long a route, its permissions and the alias may take until the release answers."""
_PAUSES_S = (0.1, 0.2, 0.5, 1.0)
_INTERNAL_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemTest:
    """One request, and what is wrong with an answer to it: None where nothing is."""

    name: str
    by: TestedBy
    body: bytes
    problem: Callable[[int, bytes], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemTests:
    """Asks releases over HTTPS; a repeated call does all of it again.

    Args:
        route: the API's way to the release that the alias ``next`` points to.
        target: is asked why, where the API only says that the function failed.
        timeout_s: how long the release may take until it answers.
        sleep: waits for seconds.
        timer: seconds that only grow.
    """

    route: NextRoute
    target: ReleaseTarget
    timeout_s: float = TIMEOUT_S
    sleep: Callable[[float], object] = time.sleep
    timer: Callable[[], float] = time.monotonic

    def run(self, lambda_version: str, version: int, tests: Sequence[SystemTest]) -> ReleaseReport:
        """Asks the release every request of ``tests``, two at least, the first of them while it is cold.

        Raises:
            ServiceUnavailable: the API does not lead to it, after a minute of trying.
            Superseded: another release has the alias.
        """
        deadline = self.timer() + self.timeout_s
        requests = [self._asked(lambda_version, test, deadline) for test in tests]
        return ReleaseReport(
            version=version,
            lambda_version=lambda_version,
            cold_ms=requests[0].ms,
            warm_ms=requests[1].ms,
            requests=requests,
        )

    def _asked(self, lambda_version: str, test: SystemTest, deadline: float) -> AskedRequest:
        answer, raised = self._answer(lambda_version, test.body, deadline)
        problem = raised or test.problem(answer.status, answer.body)
        return AskedRequest(name=test.name, by=test.by, ms=round(answer.seconds * 1000, 3), problem=problem)

    def _answer(self, lambda_version: str, body: bytes, deadline: float) -> tuple[HttpAnswer, str | None]:
        """The answer of exactly this release, and what it raised instead of one.

        An alias, a route and a permission take a moment until all of AWS knows them.
        """
        attempt = 0
        while True:
            answer = self.route.ask(body)
            if answer.lambda_version == lambda_version:
                return answer, None
            raised = self._raised(lambda_version, body) if answer.status == _INTERNAL_ERROR else None
            if raised is not None:
                return answer, raised
            if self.timer() >= deadline:
                raise _unreachable(lambda_version, answer, self.timeout_s)
            self.sleep(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])
            attempt += 1

    def _raised(self, lambda_version: str, body: bytes) -> str | None:
        """The error of the release for a request that the API answered with 500; None where it has an answer."""
        invocation = self.target.invoke(lambda_version, as_event(body))
        if invocation.error is None:
            return None
        return f"the release raised {invocation.error}: {shown(invocation.payload)}"


def _unreachable(
    lambda_version: str, answer: HttpAnswer, timeout_s: float
) -> ServiceUnavailable | Superseded:
    if answer.lambda_version is not None:
        return Superseded(
            f"Lambda version {answer.lambda_version} has the alias next, where {lambda_version} was to be tested: "
            "another release is under way; release this version again"
        )
    return ServiceUnavailable(
        f"after {timeout_s:.0f} s the API still answers {answer.status} for the alias next, and not Lambda version "
        f"{lambda_version}: {shown(answer.body)}"
    )
