"""Slots: the two places of a model's tasks, which release is in each, and the share it answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec

from keepfit.registry.champion import UNRELEASED
from keepfit.serving.release.routing import Routing

Slot = Literal["blue", "green"]
SLOTS: Final[tuple[Slot, Slot]] = ("blue", "green")
WHOLE: Final = 1000
"""The sum of the weights of a load balancer's rule, each of which is at most 999 beside another."""


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """What answers, and where it runs: one record, which every move replaces as a whole.

    Args:
        routing: the releases that answer, and their shares.
        revision: of the routing; a new one with each move.
        change: counts the writes of the record, so that none is lost.
        slots: the release in each slot that is taken.
        taken_at: when it took the slot.
        next: the release that is tested and no client can ask.
        moved_at: when the routing was last moved.
    """

    routing: Routing = Routing(lambda_version=UNRELEASED)
    revision: str = "unreleased"
    change: int = 0
    slots: dict[Slot, str] = {}
    taken_at: dict[Slot, datetime] = {}
    next: str | None = None
    moved_at: datetime | None = None

    def slot_of(self, lambda_version: str | None) -> Slot | None:
        """The slot that a release is in; None where it is in none."""
        return next((slot for slot, taken_by in self.slots.items() if taken_by == lambda_version), None)

    @property
    def idle(self) -> dict[Slot, str]:
        """The releases that are in a slot and answer no client."""
        answering = (self.routing.lambda_version, self.routing.canary)
        return {slot: taken_by for slot, taken_by in self.slots.items() if taken_by not in answering}


def placed(placement: Placement, lambda_version: str, at: datetime) -> Placement:
    """The placement with a release in a slot, taken ``at`` an instant: never in that of the champion.

    A canary whose slot is taken answers nothing from then on.

    >>> placed(Placement(slots={"blue": "2"}, routing=Routing(lambda_version="2")), "3", datetime(2026, 1, 5)).slots
    {'blue': '2', 'green': '3'}
    """
    if placement.slot_of(lambda_version) is not None:
        return placement
    champion = placement.slot_of(placement.routing.lambda_version)
    free = [slot for slot in SLOTS if slot not in placement.slots]
    slot = next((each for each in (*free, *SLOTS) if each != champion), SLOTS[0])
    return msgspec.structs.replace(
        placement,
        slots={**placement.slots, slot: lambda_version},
        taken_at={**placement.taken_at, slot: at},
    )


def weights(placement: Placement) -> Mapping[Slot, int]:
    """The weight of each slot, of ``WHOLE`` together; none where nothing is released.

    >>> tried = Routing(lambda_version="2", canary="3", weight=0.1)
    >>> weights(Placement(slots={"blue": "2", "green": "3"}, routing=tried))
    {'blue': 900, 'green': 100}
    """
    routing = placement.routing
    champion, canary = placement.slot_of(routing.lambda_version), placement.slot_of(routing.canary)
    if champion is None:
        return {}
    tried = 0 if canary is None else min(max(1, round(WHOLE * routing.weight)), WHOLE - 1)
    shares = {champion: WHOLE - tried}
    if canary is not None:
        shares[canary] = tried
    return {slot: shares.get(slot, 0) for slot in SLOTS}
