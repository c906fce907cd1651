"""Writes items of entities: reads one, merges, and writes it if it still is as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from msgspec.structs import replace

from keepfit.errors import Conflict
from keepfit.features.online.latest import LATEST
from keepfit.features.online.ports import Held, ItemKey, OnlineStore
from keepfit.features.online.revisions import Revision, from_json, merged, micros, thinned, to_json
from keepfit.features.online.tiles.rows import Keeps
from keepfit.features.online.view import OnlineView

_WRITERS: Final = 8
_MAX_ATTEMPTS: Final = 20
MAX_BYTES: Final = 300_000
"""Of an entity's newest values; DynamoDB takes 400 KB."""


def keep_all(_source: str, _uploaded: int) -> bool:
    """Keeps what is held, wherever it came from."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestItems:
    """Merges rows into the newest values of entities; doing it again changes nothing."""

    view: OnlineView
    store: OnlineStore

    def merge(
        self, entities: Sequence[tuple[str, Sequence[Revision]]], *, at: datetime, keeps: Keeps = keep_all
    ) -> int:
        """Merges rows of entities, by the keys of those, and returns how many items had to be written.

        Raises:
            Conflict: too many others write one entity; the same call succeeds later.
        """
        keys = [ItemKey(self.view.scope.entity(entity), LATEST) for entity, _ in entities]
        held = self.store.read(keys)
        write = partial(self._write, keeps, at)
        with ThreadPoolExecutor(min(_WRITERS, len(keys) or 1)) as writers:
            changed = writers.map(
                write, keys, [held.get(key) for key in keys], [revisions for _, revisions in entities]
            )
            return sum(changed)

    def _write(
        self, keeps: Keeps, at: datetime, key: ItemKey, held: Held | None, new: Sequence[Revision]
    ) -> bool:
        """Whether the item had to be written."""
        for _ in range(_MAX_ATTEMPTS):
            revisions = merged(
                from_json(held.body) if held else [], new, self.view.rule, now=micros(at), keeps=keeps
            )
            body = _fitting(revisions)
            if body == (held.body if held else to_json([])):
                return False
            expires_at = self.view.expires_at(revisions, at)
            try:
                self.store.write(key, body, after=held.writes if held else 0, expires_at=expires_at)
            except Conflict:
                held = self.store.read([key]).get(key)
            else:
                return True
        raise Conflict(f"{key.entity} had {_MAX_ATTEMPTS} other writers; try again")


def _fitting(revisions: Sequence[Revision]) -> str:
    """The body of an item; with fewer revisions where they are large, or at last without values."""
    body = to_json(revisions)
    while len(body) > MAX_BYTES and len(revisions) > 1:
        revisions = thinned(revisions, parts=len(revisions) // 2)
        body = to_json(revisions)
    return body if len(body) <= MAX_BYTES else to_json([replace(one, values={}) for one in revisions])
