"""The view of the quarantine: refused files and bad rows, with the reasons."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from keepfit.errors import NotFound
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.datasets.records import Refusal
from keepfit.layout import DatasetScope
from keepfit.views.datasets import newest_manifest
from keepfit.views.stores import DatasetStores

_ALL = sys.maxsize - 1


class Quarantine(msgspec.Struct, frozen=True, kw_only=True):
    """Refused files and bad rows of a dataset, the newest first.

    A bad row has its ``file``, its ``row`` in it, and the ``field``, ``reason`` and ``value`` of one problem. They are
    ``complete`` where there is nothing more of either kind.
    """

    dataset: str
    refused: list[Refusal]
    refused_in_all: int
    bad_rows: list[dict[str, Any]]
    bad_rows_in_all: int
    complete: bool

    @property
    def rows_shown(self) -> int:
        """The number of bad rows shown; one row may have several problems."""
        return _rows(self.bad_rows)


def read_quarantine(stores: DatasetStores, limit: int | None = None) -> Quarantine:
    """Reads up to ``limit`` refused files and problems of bad rows; None for all that is kept."""
    limit = _ALL if limit is None else limit
    refused_in_all = stores.records.count_refusals(stores.dataset)
    refused = stores.records.refusals(stores.dataset, min(limit, max(refused_in_all, 1)))
    manifest = newest_manifest(stores)
    problems = list(islice(_problems(stores, manifest), limit + 1))
    bad_rows_in_all = sum(part.bad_rows for part in manifest.parts) if manifest else 0
    shown = problems[:limit]
    return Quarantine(
        dataset=stores.dataset,
        refused=refused,
        refused_in_all=refused_in_all,
        bad_rows=shown,
        bad_rows_in_all=bad_rows_in_all,
        complete=(
            len(problems) <= limit and _rows(shown) == bad_rows_in_all and len(refused) == refused_in_all
        ),
    )


def _rows(problems: list[dict[str, Any]]) -> int:
    return len({(problem["file"], problem["row"]) for problem in problems})


def _problems(stores: DatasetStores, manifest: Manifest | None) -> Iterator[dict[str, Any]]:
    """The problems of bad rows in a version, the last file first, while they are kept."""
    if manifest is None:
        return
    for part in reversed(manifest.parts):
        if part.bad_rows:
            key = part.quarantine or DatasetScope(manifest.dataset).quarantined(part.sha256)
            with suppress(NotFound):  # they expire, and the part that they were left out of does not
                for line in stores.lake.get(key).splitlines():
                    yield {"file": part.source.key, **msgspec.json.decode(line)}
