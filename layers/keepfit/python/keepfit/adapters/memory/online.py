"""The ports of the online store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from keepfit.errors import Conflict
from keepfit.features.online.materialization import Materialization
from keepfit.features.online.ports import Held, ItemKey, Write


@dataclass(slots=True, kw_only=True)
class MemoryOnlineStore:
    """See ``features.online.ports.OnlineStore``."""

    items: dict[ItemKey, Held] = field(default_factory=dict)
    expiries: dict[ItemKey, datetime | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def read(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, Held]:
        return {key: self.items[key] for key in keys if key in self.items}

    def write(self, key: ItemKey, body: str, *, after: int, expires_at: datetime | None) -> None:
        with self._lock:
            held = self.items.get(key)
            if (held.writes if held else 0) != after:
                raise Conflict(f"{key.entity} was written since")
            self.items[key] = Held(body, after + 1)
            self.expiries[key] = expires_at

    def write_all(self, writes: Sequence[Write]) -> list[bool]:
        return [self._took(write) for write in writes]

    def _took(self, write: Write) -> bool:
        try:
            self.write(write.key, write.body, after=write.after, expires_at=write.expires_at)
        except Conflict:
            return False
        return True


@dataclass(slots=True, kw_only=True)
class MemoryOnlineReader:
    """See ``features.online.ports.OnlineReader``."""

    store: MemoryOnlineStore

    def read(self, keys: Sequence[ItemKey]) -> Mapping[ItemKey, str]:
        return {key: held.body for key, held in self.store.read(keys).items()}


@dataclass(slots=True, kw_only=True)
class MemoryMaterializations:
    """See ``features.online.materialization.Materializations``."""

    states: dict[str, Materialization] = field(default_factory=dict)

    def get(self, view: str) -> Materialization | None:
        return self.states.get(view)

    def put(self, view: str, state: Materialization) -> None:
        before = self.states.get(view)
        if state.revision != (before.revision if before else 0) + 1:
            raise Conflict(f"somebody else materialises {view}")
        self.states[view] = state
