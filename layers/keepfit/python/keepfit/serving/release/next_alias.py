"""The alias ``next``: it points to a release while that is tested, and no client can ask it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from keepfit.errors import Conflict, Superseded
from keepfit.serving.release.ports import LiveRouting
from keepfit.serving.release.routing import Routing

_MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAlias:
    """Points the alias to releases. That is no move of the ledger's, which says what clients met.

    It stays where it was pointed to, until the next release: what it points to answers nobody but the tests.

    Args:
        alias: is read and moved.
        over: says whether a run is closed.
    """

    alias: LiveRouting
    over: Callable[[str], bool]

    def point(self, lambda_version: str, *, run_id: str) -> None:
        """Points it to a release of the run.

        Raises:
            Conflict: others moved it all the time.
            NotFound: the Lambda version is gone.
            Superseded: the run is closed, and another one may be testing.
        """
        routing = Routing(lambda_version=lambda_version)
        for _ in range(_MAX_ATTEMPTS):
            if self.over(run_id):
                raise Superseded(
                    f"run {run_id} is closed: its challenger is not tested any more; train again"
                )
            alias = self.alias.read()
            if alias.routing == routing:
                return
            with suppress(Conflict):
                self.alias.move(routing, revision=alias.revision)
                return
        raise Conflict(
            f"the alias next was moved by others {_MAX_ATTEMPTS} times in a row; run the same step again"
        )
