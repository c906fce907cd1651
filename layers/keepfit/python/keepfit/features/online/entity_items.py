"""Writes items of entities: reads one, merges, and writes it if it still is as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from keepfit.errors import Conflict
from keepfit.features.online.latest import LATEST
from keepfit.features.online.ports import Held, ItemKey, OnlineStore, Write
from keepfit.features.online.revisions import Revision, from_json, merged, micros, thinned, to_json
from keepfit.features.online.tiles.rows import Keeps
from keepfit.features.online.view import OnlineView

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
        left = {ItemKey(self.view.scope.entity(entity), LATEST): new for entity, new in entities}
        written = 0
        for _ in range(_MAX_ATTEMPTS):
            held = self.store.read(list(left))
            writes = [
                write
                for key, new in left.items()
                if (write := self._write(keeps, at, key, held.get(key), new)) is not None
            ]
            took = self.store.write_all(writes)
            written += sum(took)
            left = {one.key: left[one.key] for one, done in zip(writes, took, strict=True) if not done}
            if not left:
                return written
        raise Conflict(f"{next(iter(left)).entity} had {_MAX_ATTEMPTS} other writers; try again")

    def _write(
        self, keeps: Keeps, at: datetime, key: ItemKey, held: Held | None, new: Sequence[Revision]
    ) -> Write | None:
        """The write that an item takes, None where it is so already."""
        revisions = merged(
            from_json(held.body) if held else [], new, self.view.rule, now=micros(at), keeps=keeps
        )
        body = _fitting(revisions)
        if body == (held.body if held else to_json([])):
            return None
        return Write(key, body, held.writes if held else 0, self.view.expires_at(revisions, at))


def _fitting(revisions: Sequence[Revision]) -> str:
    """The body of an item; with fewer revisions where they are large, or at last without values."""
    body = to_json(revisions)
    while len(body) > MAX_BYTES and len(revisions) > 1:
        revisions = thinned(revisions, parts=len(revisions) // 2)
        body = to_json(revisions)
    return body if len(body) <= MAX_BYTES else to_json([replace(one, values={}) for one in revisions])
