"""Moves the alias: one conditional update per decision, each recorded in the ledger."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.errors import Conflict, NotFound, Superseded, TamperedArtifact
from keepfit.registry.champion import UNRELEASED, Champion
from keepfit.registry.ledger import (
    Entry,
    Ledger,
    Move,
    champion_in,
    previous_champion,
    record,
)
from keepfit.registry.ports import Versions
from keepfit.registry.versions import Release
from keepfit.serving.release import routing as release
from keepfit.serving.release.ports import LiveRouting
from keepfit.serving.release.routing import Alias, Routing

_MAX_ATTEMPTS = 20
_MAX_PAUSE_S = 0.05
TIMEOUT_S = 2.0
# How the ledger calls a promotion without a canary.
AT_ONCE = "release at once"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The release that an action is about, who ordered it and why.

    ``run_id`` is None for a person's order.
    """

    version: int
    lambda_version: str
    who: str
    why: str
    run_id: str | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an action; ``moved`` is False where nothing changed.

    ``baking`` is True while a canary is tried.

    ``ended_canary`` is the version whose canary a person ended instead of bringing back an older one.
    """

    moved: bool
    baking: bool
    version: int
    lambda_version: str
    started_at: datetime
    ended_canary: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMover:
    """Performs release decisions on the alias and records them.

    Every action may be repeated: one that finds the alias where it would put it only completes the ledger, should the
    first attempt have died in between. ``over`` says whether a run is closed, and ``code_sha256`` what a Lambda version
    runs: one that does not run the package on record is not brought before clients.

    An alias that was moved and not yet recorded is left alone for ``timeout_s``: whoever moved it is about to. So the
    ledger is in the order of the moves, and only who died in between is missing from it.
    """

    live: LiveRouting
    versions: Versions
    ledger: Ledger
    over: Callable[[str], bool]
    code_sha256: Callable[[str], str]
    now: Callable[[], datetime]
    timeout_s: float = TIMEOUT_S

    def start_canary(self, order: Order, weight: float) -> Moved:
        """Routes a share of the requests to the challenger; all, before the first release.

        Whoever ends a run closes it first and looks for its canary afterwards; this moves the alias first and looks
        at the run afterwards. So one of the two sees the other, and no canary outlives its run.

        Raises:
            Superseded: the run that asks is closed, and nobody would end its canary.
        """
        self._refuse_where_over(order)
        moved = self._move(
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
        return self._move(AT_ONCE, order, lambda now: release.release_at_once(now, order.lambda_version))

    def promote(self, order: Order) -> Moved:
        """Routes all requests to the challenger. Raises Superseded where its canary is over."""
        return self._move("promote", order, lambda now: release.promote(now, order.lambda_version))

    def roll_back(self, order: Order) -> Moved:
        """Ends the challenger's canary, if there is one."""
        return self._move("roll back", order, lambda now: release.roll_back(now, order.lambda_version))

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

    def restore(self, version: int | None, *, who: str, why: str) -> Moved:
        """Restores a version that was released before, by default that before the newest release.

        While a canary is tried, that is the champion, which answers alone again. Afterwards it is what served before
        the champion.

        Raises:
            NotFound: it was never released, or there is none before.
        """
        ended = self._end_canary_under_way(who, why) if version is None else None
        if ended is not None:
            return ended
        target = previous_champion(self.ledger.entries()) if version is None else self._released(version)
        order = Order(version=target.version, lambda_version=target.lambda_version, who=who, why=why)
        return self._move("restore", order, lambda now: release.restore(now, order.lambda_version))

    def _end_canary_under_way(self, who: str, why: str) -> Moved | None:
        """Rolls back the present challenger; None where there is none, or it was promoted meanwhile."""
        routing = self._settled()[0].routing
        challenger = self.versions.release(routing.canary) if routing.canary else None
        champion = self.versions.release(routing.lambda_version)
        if challenger is None or champion is None:
            return None
        order = Order(version=challenger.version, lambda_version=challenger.lambda_version, who=who, why=why)
        moved = self.roll_back(order)
        if not moved.moved:
            return None
        return msgspec.structs.replace(moved, version=champion.version, ended_canary=challenger.version)

    def _released(self, version: int) -> Champion:
        """The package of ``version`` that served last; the newest one, where none ever served alone."""
        moves = self.ledger.entries()
        served = [move.lambda_version for move in moves if (move.version, move.weight) == (version, 1)]
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
        there = [lambda_version for lambda_version in served if lambda_version in packaged]
        return Champion(version=version, lambda_version=(there or packaged)[-1])

    def _refuse_where_over(self, order: Order) -> None:
        if order.run_id is not None and self.over(order.run_id):
            raise Superseded(
                f"run {order.run_id} is closed: its challenger is not tried any more; train again"
            )

    def _canary_of(self, run_id: str) -> Entry | Release | None:
        """The challenger that the run left in its canary.

        A canary that nobody recorded is taken for the run's: whoever started it has died since.
        """
        alias, last = self._settled()
        if last is None or (last.action, last.run_id) == ("canary", run_id):
            return last
        if alias.routing.canary is None or last.revision == alias.revision:
            return None
        return self.versions.release(alias.routing.canary)

    def _settled(self) -> tuple[Alias, Entry | None]:
        """The alias and its newest ledger entry, which is completed where its mover died."""
        alias = self.live.read()
        deadline = time.monotonic() + self.timeout_s
        while True:
            last = self.ledger.last()
            if _tells(last, alias) or time.monotonic() >= deadline:
                return alias, last
            time.sleep(random.uniform(0, _MAX_PAUSE_S))  # noqa: S311  jitter, not a secret
            present = self.live.read()
            if present.revision != alias.revision:
                alias, deadline = present, time.monotonic() + self.timeout_s

    def _move(self, action: str, order: Order, decide: Callable[[Routing], Routing]) -> Moved:
        for _ in range(_MAX_ATTEMPTS):
            before, last = self._settled()
            routing = decide(before.routing)
            if routing == before.routing:
                self._complete(action, order, before, last)
                return self._moved(order, routing, moved=False)
            # None before the first release, and where somebody pointed the alias elsewhere by hand.
            served = self.versions.release(before.routing.lambda_version)
            champion = served.version if served else None
            try:
                if action != "roll back":
                    self._prove(order)
                after = self.live.move(routing, revision=before.revision)
            except Conflict:
                continue
            except NotFound as error:
                raise _gone(order, str(error)) from error
            record(self.ledger, self._entry(action, order, after, before.revision, champion), after=last)
            return self._moved(order, routing, moved=True)
        raise Conflict(
            f"the alias was moved by others {_MAX_ATTEMPTS} times in a row; run the same step again"
        )

    def _prove(self, order: Order) -> None:
        """Verifies that the Lambda version holds the package recorded as this release.

        Raises:
            NotFound: it was pruned.
            TamperedArtifact: it is another.
        """
        recorded = self.versions.release(order.lambda_version)
        if recorded is not None and recorded.pruned_at is not None:
            raise NotFound(f"it was pruned at {recorded.pruned_at:%Y-%m-%d %H:%M} UTC")
        runs = self.code_sha256(order.lambda_version)
        if recorded is None or (recorded.version, recorded.code_sha256) != (order.version, runs):
            on_record = (
                f"version {recorded.version} with code {recorded.code_sha256}" if recorded else "nothing"
            )
            raise TamperedArtifact(
                f"Lambda version {order.lambda_version} runs code {runs}, and on record is {on_record}; "
                f"it is not brought before clients as version {order.version}: release that version again"
            )

    def _complete(self, action: str, order: Order, alias: Alias, last: Entry | None) -> None:
        """Writes the entry that an earlier attempt left unwritten."""
        if last is not None and last.revision == alias.revision:
            return
        tried = last is not None and (last.action, last.lambda_version) == ("canary", order.lambda_version)
        if action != "roll back" or tried:
            champion, replaced = champion_in(self.ledger.entries()), last.revision if last else ""
            record(self.ledger, self._entry(action, order, alias, replaced, champion), after=last)

    def _entry(self, action: str, order: Order, alias: Alias, replaced: str, champion: int | None) -> Move:
        weight = _weight(alias.routing, order.lambda_version)
        return Move(
            at=self.now(),
            action="promote" if action == "canary" and weight == 1 else action,
            version=order.version,
            lambda_version=order.lambda_version,
            previous_version=champion,
            weight=weight,
            who=order.who,
            why=order.why,
            run_id=order.run_id,
            revision=alias.revision,
            replaced_revision=replaced,
        )

    def _moved(self, order: Order, routing: Routing, *, moved: bool) -> Moved:
        last = self.ledger.last()
        return Moved(
            moved=moved,
            baking=routing.canary is not None,
            version=order.version,
            lambda_version=routing.lambda_version,
            started_at=last.at if last and last.lambda_version == order.lambda_version else self.now(),
        )


def _gone(order: Order, why: str) -> NotFound:
    return NotFound(
        f"the package of version {order.version} that was to serve, Lambda version {order.lambda_version}, is not "
        f"there any more: {why}. The model is still registered: `keepfit release <model> {order.version}` packages it "
        "anew and releases it by a canary"
    )


def _weight(routing: Routing, lambda_version: str) -> float:
    if routing.canary == lambda_version:
        return routing.weight
    return 1.0 if routing.lambda_version == lambda_version else 0.0


def _tells(last: Entry | None, alias: Alias) -> bool:
    if last is None:
        return alias.routing.lambda_version == UNRELEASED
    return last.revision == alias.revision
