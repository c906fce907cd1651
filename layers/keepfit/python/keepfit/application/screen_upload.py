"""Screens an upload against the newest parts of its dataset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from keepfit.application.ports import UploadTables
from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.datasets.ports import Lake
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.monitoring.screening.screen import screen

_MAX_UPLOADS: Final = 12
_MAX_BYTES: Final = 256 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadScreening:
    """See ``features.ingest.screening.Screening``."""

    definition: DatasetDefinition
    lake: Lake
    tables: UploadTables

    def anomalies(self, part: Path, version: Manifest) -> list[str]:
        earlier = [*self._newest(version, part.parent)]
        if not earlier:
            return []
        found = screen(self.tables.count([*reversed(earlier), part]))
        return [f"{anomaly.column} {anomaly.reason}" for anomaly in found]

    def _newest(self, version: Manifest, folder: Path) -> Iterator[Path]:
        """The parts uploaded last, as many as are kept and not too large in all, the newest first."""
        total = 0
        for number, part in enumerate(islice(reversed(version.parts), _MAX_UPLOADS)):
            total += part.bytes
            path = folder / f"earlier-{number:02}.parquet"
            if total > _MAX_BYTES:
                return
            if get_kept(self.lake, part, path, self.definition):
                yield path
