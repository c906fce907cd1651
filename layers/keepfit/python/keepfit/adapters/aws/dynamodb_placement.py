"""The record of what serves a model in containers, in the registry table on Amazon DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.serving.release.routing import Alias
from keepfit.serving.release.slots import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoPlacement:
    """Reads and replaces the record; ``stack`` is the id of the model's stack, as releases have it.

    See ``training.ports.LiveAlias`` and ``serving.ports.RoutingReader``, for who moves nothing.
    """

    items: ModelItems
    stack: str

    def get(self) -> Placement:
        """The record; that of an unreleased model where there is none yet."""
        return self.items.get(self._key, Placement) or Placement()

    def replace(self, seen: Placement, by: Placement) -> Placement:
        """Replaces the record that was ``seen``. Raises Conflict where it was replaced by others since."""
        new = msgspec.structs.replace(by, change=seen.change + 1)
        if seen.change == 0:
            self.items.put_new(self._key, new)
        else:
            self.items.put(self._key, new, condition="change = :seen", seen=seen.change)
        return new

    def read(self) -> Alias:
        placement = self.get()
        return Alias(routing=placement.routing, revision=placement.revision)

    def current(self) -> tuple[str | None, dict[str, float]]:
        routing = self.get().routing
        return routing.lambda_version, {routing.canary: routing.weight} if routing.canary else {}

    @property
    def _key(self) -> str:
        return f"placement#{self.stack}"
