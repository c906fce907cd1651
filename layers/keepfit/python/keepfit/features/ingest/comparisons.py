"""The history of a dataset, and other datasets, from the lake, for contracts to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from keepfit.errors import NotFound
from keepfit.features.contracts.ports import TooLarge
from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.part_rows import part_rows
from keepfit.features.datasets.ports import DatasetRecords, Lake
from keepfit.features.profiles.profile import Profile
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.sql_literals import quoted

UPLOADS: Final = 12
"""So many uploads before are a dataset's history; as many are screened."""
MAX_COMPARED_BYTES: Final = 512 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeHistory:
    """The newest uploads of a dataset but that of ``sha256``; see ``contracts.ports.History``."""

    dataset: str
    sha256: str
    lake: Lake
    records: DatasetRecords

    def profiles(self) -> list[Profile]:
        version = self.records.newest(self.dataset)
        if version is None:
            return []
        found = []
        for part in self.lake.manifest(self.dataset, version).beside(self.sha256)[-UPLOADS:]:
            with suppress(NotFound):  # it has expired, or was taken in before there were profiles
                if part.profile:
                    found.append(msgspec.json.decode(self.lake.profile(part.profile), type=Profile))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeNeighbours:
    """Other datasets, whose parts are copied to ``folder``; see ``contracts.ports.Neighbours``."""

    definitions: Mapping[str, DatasetDefinition]
    lake: Lake
    records: DatasetRecords
    folder: Path
    _fetched: dict[str, list[Path]] = field(default_factory=dict)

    def rows(self, dataset: str, fields: Sequence[str]) -> str:
        if dataset not in self._fetched:
            self._fetched[dataset] = self._fetch(dataset)
        names = ", ".join(map(quoted, fields))
        there = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in fields)
        rows = part_rows(self._fetched[dataset], self.definitions[dataset])
        return f"SELECT DISTINCT {names} FROM ({rows}) WHERE {there}"  # noqa: S608

    def _fetch(self, dataset: str) -> list[Path]:
        version = self.records.newest(dataset)
        parts = self.lake.manifest(dataset, version).parts if version else []
        size = sum(part.bytes for part in parts)
        if size > MAX_COMPARED_BYTES:
            raise TooLarge(f"{size / 2**20:,.0f} MB of at most {MAX_COMPARED_BYTES / 2**20:,.0f}")
        paths = []
        for number, part in enumerate(parts):
            path = self.folder / f"{dataset}-{number}.parquet"
            if get_kept(self.lake, part, path, self.definitions[dataset]):
                paths.append(path)
        return paths


class Unseen:
    """Neither history nor neighbours: a file is read where no deployment is."""

    def profiles(self) -> None:
        return None

    def rows(self, dataset: str, fields: Sequence[str]) -> None:  # noqa: ARG002
        return None
