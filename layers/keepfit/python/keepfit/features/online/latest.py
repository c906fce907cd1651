"""Reads the newest values of an entity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from keepfit.features.online.readings import ItemsRead, Reading
from keepfit.features.online.revisions import Rule, counting, from_json
from keepfit.features.schema.signature import Lookup

LATEST: Final = "latest"
"""The item of an entity with the revisions of its newest values."""


class LatestReader:
    """See ``readings.EntityReader``."""

    __slots__ = ("_rule", "features")

    shared = ()

    def __init__(self, lookup: Lookup) -> None:
        self.features = lookup.features
        self._rule = Rule.of_seconds(delay_s=lookup.delay_s, ttl_s=lookup.ttl_s, timeless=lookup.timeless)

    def items(self, moment: int) -> Sequence[str]:  # noqa: ARG002  one item has all
        return (LATEST,)

    def read(self, items: ItemsRead, shared: ItemsRead, moment: int, now: int) -> Reading:  # noqa: ARG002  nothing is shared
        revisions = items.get(LATEST, from_json) or []
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
