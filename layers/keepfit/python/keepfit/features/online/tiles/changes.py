"""Changes items of tiles: many are read, changed, and written if they are as they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from keepfit.errors import Conflict
from keepfit.features.online.ports import Held, ItemKey, OnlineStore, Write
from keepfit.features.online.tiles.items import Item, from_text, to_text

_MAX_ATTEMPTS: Final = 20


class Change(NamedTuple):
    """A change of an item, which is ``empty`` where there is none or one of another definition."""

    empty: Item
    change: Callable[[Any], Item]
    expires_at: datetime


class Changed(NamedTuple):
    """An item with its change, and how often it was written then."""

    writes: int
    item: Any


def change_all(
    store: OnlineStore, changes: Mapping[ItemKey, Change], *, refresh: bool = False
) -> tuple[dict[ItemKey, Changed], int]:
    """Changes items, and returns them and how many had to be written.

    An item that another writer changed meanwhile is changed again from there. With ``refresh`` items are written that
    would stay as they are, too.

    Raises:
        Conflict: too many others write one of them; the same call succeeds later.
    """
    done: dict[ItemKey, Changed] = {}
    written, left = 0, list(changes)
    for _ in range(_MAX_ATTEMPTS):
        held = store.read(left)
        writes: list[Write] = []
        for key in left:
            found, write = _next(held.get(key), key, changes[key], refresh=refresh)
            done[key] = found
            writes += [write] if write else []
        took = store.write_all(writes)
        written += sum(took)
        left = [write.key for write, one in zip(writes, took, strict=True) if not one]
        if not left:
            return done, written
    raise Conflict(f"{left[0].item} of {left[0].entity} had {_MAX_ATTEMPTS} other writers; try again")


def _next(held: Held | None, key: ItemKey, change: Change, *, refresh: bool) -> tuple[Changed, Write | None]:
    """What an item becomes, and the write that it takes, None where it is so already."""
    kind = type(change.empty)
    before = change.empty
    if held is not None:
        item = from_text(held.body, kind)
        before = item if item.contents == before.contents else before
    body = to_text(change.change(before))
    changed = from_text(body, kind)
    if held is not None and body == held.body and not refresh:
        return Changed(held.writes, changed), None
    if held is None and changed == change.empty:
        return Changed(0, changed), None
    writes = held.writes if held else 0
    return Changed(writes + 1, changed), Write(key, body, writes, change.expires_at)
