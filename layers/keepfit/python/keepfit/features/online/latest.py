"""Reads the newest values of an entity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from keepfit.features.online.entities import entity_key
from keepfit.features.online.ports import ItemKey
from keepfit.features.online.readings import Reading
from keepfit.features.online.revisions import Rule, counting, from_json
from keepfit.features.schema.signature import Lookup
from keepfit.layout import ViewScope

LATEST: Final = "latest"
"""The item of an entity with the revisions of its newest values."""


class LatestReader:
    """See ``readings.EntityReader``."""

    __slots__ = ("_rule", "_scope", "features")

    def __init__(self, lookup: Lookup) -> None:
        self.features = lookup.features
        self._scope = ViewScope(lookup.view)
        self._rule = Rule.of_seconds(delay_s=lookup.delay_s, ttl_s=lookup.ttl_s, timeless=lookup.timeless)

    def keys(self, entity: Sequence[Any], moment: int) -> Sequence[ItemKey]:  # noqa: ARG002  one item has all
        key = entity_key(entity)
        return () if key is None else (ItemKey(self._scope.entity(key), LATEST),)

    def read(self, bodies: Sequence[str | None], moment: int) -> Reading:
        [body] = bodies
        revisions = from_json(body) if body is not None else []
        state, revision = counting(revisions, self.features, self._rule, moment=moment)
        if revision is None:
            return Reading(state=state, values={})
        return Reading(
            state=state,
            values=revision.values if state == "found" else {},
            happened=revision.happened,
            known=revision.known,
            source=revision.source,
        )
