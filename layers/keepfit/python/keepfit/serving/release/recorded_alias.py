"""The alias with its ledger: each move is one conditional update, recorded once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from keepfit.errors import Conflict, NotFound, TamperedArtifact
from keepfit.registry.champion import UNRELEASED
from keepfit.registry.ledger import Entry, Ledger, Move, champion_in, moves, record
from keepfit.registry.ports import Versions
from keepfit.registry.versions import Release
from keepfit.serving.release.ports import LiveRouting
from keepfit.serving.release.routing import Alias, Routing

_MAX_ATTEMPTS = 20
_MAX_PAUSE_S = 0.05
TIMEOUT_S = 2.0


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
class RecordedAlias:
    """Moves the alias, and writes every move into the ledger.

    Every move may be repeated: one that finds the alias where it would put it only completes the ledger, should the
    first attempt have died in between. ``code_sha256`` says what a Lambda version runs: one that does not run the
    package on record is not brought before clients.

    An alias that was moved and not yet recorded is left alone for ``timeout_s``: its mover is about to record it. So
    the ledger is in the order of the moves, and only a mover that died in between is missing from it.
    """

    live: LiveRouting
    versions: Versions
    ledger: Ledger
    code_sha256: Callable[[str], str]
    now: Callable[[], datetime]
    timeout_s: float = TIMEOUT_S

    def settled(self) -> tuple[Alias, Entry | None]:
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

    def move(self, action: str, order: Order, decide: Callable[[Routing], Routing]) -> Moved:
        """Moves the alias to what ``decide`` makes of its routing, and records that.

        Raises:
            Conflict: others moved it all the time.
            NotFound: the package of the order is gone.
            TamperedArtifact: the Lambda version runs another package than the one on record.
        """
        for _ in range(_MAX_ATTEMPTS):
            before, last = self.settled()
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
            told = order if action == "roll back" else self._with_nodes(order, served)
            record(self.ledger, self._entry(action, told, after, before.revision, champion), after=last)
            return self._moved(order, routing, moved=True)
        raise Conflict(
            f"the alias was moved by others {_MAX_ATTEMPTS} times in a row; run the same step again"
        )

    def last_move(self) -> Entry | None:
        """The newest entry that moved the alias, whatever was noted since; None before the first."""
        moved = moves(self.ledger.entries())
        return moved[-1] if moved else None

    def _with_nodes(self, order: Order, served: Release | None) -> Order:
        """The order, whose reason says which other models of a graph change their version with it."""
        release = self.versions.release(order.lambda_version)
        if release is None or not release.nodes:
            return order
        before = (served.nodes or {}) if served else {}
        changed = [
            f"node {model}: {before[model]} → {version}" if model in before else f"node {model}: {version}"
            for model, version in sorted(release.nodes.items())
            if before.get(model) != version
        ]
        return msgspec.structs.replace(order, why="; ".join(filter(None, [order.why, *changed])))

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
        moved = self.last_move()
        tried = moved is not None and (moved.action, moved.lambda_version) == ("canary", order.lambda_version)
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
        last = self.last_move()
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
