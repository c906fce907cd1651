"""Moves the alias: one conditional update per decision, each recorded in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from keepfit.errors import InvalidRequest, NotFound, Superseded
from keepfit.registry.champion import Champion
from keepfit.registry.ledger import Entry, moves, previous_champion
from keepfit.registry.versions import Release
from keepfit.serving.release import routing as release
from keepfit.serving.release.recorded_alias import Moved, Order, RecordedAlias

# How the ledger calls a promotion without a canary.
AT_ONCE = "release at once"


def _nothing(_version: int) -> None:
    """Bars no version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMover(RecordedAlias):
    """Performs release decisions on the alias and records them.

    ``over`` says whether a run is closed, ``barred`` why a version may not be forced upon clients, if anything does.
    """

    over: Callable[[str], bool]
    barred: Callable[[int], str | None] = _nothing

    def start_canary(self, order: Order, weight: float) -> Moved:
        """Routes a share of the requests to the challenger; all, before the first release.

        Whoever ends a run closes it first and looks for its canary afterwards; this moves the alias first and looks
        at the run afterwards. So one of the two sees the other, and no canary outlives its run.

        Raises:
            Superseded: the run that asks is closed, and nobody would end its canary.
        """
        self._refuse_where_over(order)
        moved = self.move(
            "canary", order, lambda now: release.start_canary(now, order.lambda_version, weight)
        )
        try:
            self._refuse_where_over(order)
        except Superseded as refusal:
            self.roll_back(msgspec.structs.replace(order, why=str(refusal)))
            raise
        return moved

    def release_at_once(self, order: Order) -> Moved:
        """Promotes the challenger without a canary; raises Superseded where the run that asks is closed."""
        self._refuse_where_over(order)
        return self.move(AT_ONCE, order, lambda now: release.release_at_once(now, order.lambda_version))

    def promote(self, order: Order) -> Moved:
        """Routes all requests to the challenger. Raises Superseded where its canary is over."""
        return self.move("promote", order, lambda now: release.promote(now, order.lambda_version))

    def roll_back(self, order: Order) -> Moved:
        """Ends the challenger's canary, if there is one."""
        return self.move("roll back", order, lambda now: release.roll_back(now, order.lambda_version))

    def end_canary(self, run_id: str, *, who: str, why: str) -> Moved | None:
        """Rolls back the challenger that run ``run_id`` left in its canary; None where it left none.

        The run is closed before, so that it starts none afterwards.
        """
        left = self._canary_of(run_id)
        if left is None:
            return None
        order = Order(
            version=left.version, lambda_version=left.lambda_version, who=who, why=why, run_id=run_id
        )
        return self.roll_back(order)

    def restore(self, version: int | None, *, who: str, why: str, force: bool = False) -> Moved:
        """Restores a version that served before, by default what served before the newest release.

        While a canary is tried, that is the champion, which answers alone again. Afterwards it is what served before
        the champion.

        Args:
            version: the one to restore; None for the one before.
            who: orders it.
            why: for the ledger.
            force: restores one, too, that never answered every request.

        Raises:
            InvalidRequest: it never answered every request, and is not forced.
            NotFound: it was never released, or there is none before.
        """
        ended = self._end_canary_under_way(who, why) if version is None else None
        if ended is not None:
            return ended
        target = (
            previous_champion(self.ledger.entries()) if version is None else self._released(version, force)
        )
        order = Order(version=target.version, lambda_version=target.lambda_version, who=who, why=why)
        return self.move("restore", order, lambda now: release.restore(now, order.lambda_version))

    def _end_canary_under_way(self, who: str, why: str) -> Moved | None:
        """Rolls back the present challenger; None where there is none, or it was promoted meanwhile."""
        routing = self.settled()[0].routing
        challenger = self.versions.release(routing.canary) if routing.canary else None
        champion = self.versions.release(routing.lambda_version)
        if challenger is None or champion is None:
            return None
        order = Order(version=challenger.version, lambda_version=challenger.lambda_version, who=who, why=why)
        moved = self.roll_back(order)
        if not moved.moved:
            return None
        return msgspec.structs.replace(moved, version=champion.version, ended_canary=challenger.version)

    def _released(self, version: int, force: bool) -> Champion:  # noqa: FBT001  as it was asked
        """The package of ``version`` that served last; the newest one, where none ever served alone."""
        moved = moves(self.ledger.entries())
        served = [move.lambda_version for move in moved if (move.version, move.weight) == (version, 1)]
        packaged = [
            release.lambda_version
            for release in self.versions.releases()
            if release.version == version and release.pruned_at is None
        ]
        if not packaged:
            self.versions.get(version)
            raise NotFound(
                f"version {version} is registered and has no package in this stack, or none that was not pruned; "
                f"`keepfit release <model> {version}` makes one and releases it"
            )
        if not served:
            self._refuse_unproven(version, force, moved)
        there = [lambda_version for lambda_version in served if lambda_version in packaged]
        return Champion(version=version, lambda_version=(there or packaged)[-1])

    def _refuse_unproven(self, version: int, force: bool, moved: Sequence[Entry]) -> None:  # noqa: FBT001  as above
        if not force:
            raise _unproven(version, [move for move in moved if move.version == version])
        barred = self.barred(version)
        if barred is not None:
            raise InvalidRequest(barred, code="not_approved")

    def _refuse_where_over(self, order: Order) -> None:
        if order.run_id is not None and self.over(order.run_id):
            raise Superseded(
                f"run {order.run_id} is closed: its challenger is not tried any more; train again"
            )

    def _canary_of(self, run_id: str) -> Entry | Release | None:
        """The challenger that the run left in its canary.

        A canary that nobody recorded is taken for the run's: whoever started it has died since.
        """
        alias, last = self.settled()
        moved = self.last_move()
        if moved is None or (moved.action, moved.run_id) == ("canary", run_id):
            return moved
        if alias.routing.canary is None or (last is not None and last.revision == alias.revision):
            return None
        return self.versions.release(alias.routing.canary)


def _unproven(version: int, moved: Sequence[Entry]) -> InvalidRequest:
    """Why a version that was never champion is not brought to every client by a rollback."""
    tried = f"its canary ended: {moved[-1].why}" if moved else "it was packaged and never tried"
    return InvalidRequest(
        f"version {version} never answered every request ({tried}); `keepfit release <model> {version}` tries it by a "
        "canary, and --force brings it to every client at once",
        code="never_served",
    )
