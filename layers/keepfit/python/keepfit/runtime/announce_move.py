"""Announces moves of the alias on the event bus: what moved, and who is champion now."""

from __future__ import annotations

from typing import Final

from keepfit import variables
from keepfit.adapters.aws.eventbridge import EventBridge
from keepfit.events import ALIAS_MOVED, CHAMPION_CHANGED
from keepfit.instants import to_iso
from keepfit.registry.ledger import champion_in
from keepfit.runtime.settings import setting
from keepfit.serving.release.alias_mover import AliasMover
from keepfit.serving.release.recorded_alias import Moved

_TOLD: Final = ("seq", "action", "version", "previous_version", "who", "why", "run_id")


def announce_move(mover: AliasMover, moved: Moved, *, run_id: str | None) -> None:
    """Says what moved; again, where a step of the run is tried again, which finds its own move made."""
    last = mover.last_move()
    if last is None or not (moved.moved or (run_id is not None and last.run_id == run_id)):
        return
    entry = {name: getattr(last, name) for name in _TOLD}
    EventBridge().put(ALIAS_MOVED, {"model": setting(variables.MODEL), "at": to_iso(last.at), **entry})


def announce_champion(mover: AliasMover) -> None:
    """Says who is champion now to the graphs that it answers in; again, where the step is tried again."""
    version = champion_in(mover.ledger.entries())
    if version is not None:
        EventBridge().put(CHAMPION_CHANGED, {"model": setting(variables.MODEL), "version": version})
