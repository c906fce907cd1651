"""How far views are materialised, and the ports that materialisation needs beside the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from keepfit.features.online.revisions import Revision
from keepfit.features.online.tiles.rows import TileRow
from keepfit.features.online.view import OnlineView


class Materialization(msgspec.Struct, frozen=True, kw_only=True):
    """How far a view is materialised; times are ISO 8601.

    Items hold version ``version`` of the dataset by the definition ``digest``. While ``target`` is another version,
    ``done`` of ``units`` of the way there are; ``entities`` were looked at on it and ``written`` of them changed.
    Windows are kept as of ``reach`` and later: a day ago, or ``as_of`` where a person said so, and then ``until``.
    """

    digest: str
    version: int = 0
    target: int = 0
    units: int = 0
    done: int = 0
    entities: int = 0
    written: int = 0
    started_at: str | None = None
    at: str | None = None
    as_of: str | None = None
    reach: str | None = None
    until: str | None = None
    revision: int = 0

    @property
    def unfinished(self) -> bool:
        """Whether there is more to do towards ``target``."""
        return self.target != self.version


class Materializations(Protocol):
    """Keeps the ``Materialization`` of each view."""

    def get(self, view: str) -> Materialization | None:
        """None for a view that nothing was ever made of."""
        ...

    def put(self, view: str, state: Materialization) -> None:
        """Writes ``state``, whose ``revision`` is one more than what is there.

        Raises:
            Conflict: it is not; somebody else materialises the view.
        """
        ...


class RowsOfEntities(Protocol):
    """Reads what is kept of each entity out of parts of a dataset."""

    def revisions(
        self,
        view: OnlineView,
        parts: Sequence[Path],
        *,
        bucket: Bucket,
        now: datetime,
        only: Sequence[Path] = (),
    ) -> Iterator[tuple[str, list[Revision]]]:
        """The key of each entity of the bucket with the revisions that may count at ``now`` or later.

        Args:
            view: the view.
            parts: files of all rows that count.
            bucket: which entities.
            now: when this is.
            only: files whose entities alone are wanted, if there is nothing left of one, too.
        """
        ...

    def events(
        self, view: OnlineView, parts: Sequence[Path], *, bucket: Bucket, since: int
    ) -> Iterator[tuple[str, list[TileRow]]]:
        """The rows that windows of the view are of, some of one entity at a time, in their order.

        Those that happened before ``since``, microseconds since 1970, are left out.
        """
        ...


class Bucket(NamedTuple):
    """Every entity whose hash leaves ``number`` when it is divided by ``of``."""

    number: int
    of: int
