"""Makes the part that an upload adds to a version of its dataset, if it has new rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.manifest import Counted, Manifest, Part, Source, made_by
from keepfit.features.datasets.ports import Lake, StoredPart
from keepfit.features.ingest.contracted import Examined
from keepfit.features.ingest.quarantine import NOTHING_KEPT, Kept, keep_bad_rows
from keepfit.features.ingest.read_result import Outcome
from keepfit.features.ingest.version_comparison import Comparing


class NothingNew(RefusedUpload):
    """Every row of the upload is present already, or was replaced by one uploaded later."""


@dataclass(slots=True, kw_only=True)
class Adding:
    """Makes the part of one upload, ``path``, for the version it follows. See ``append_version.Addition``."""

    dataset: str
    lake: Lake
    source: Source
    outcome: Outcome
    path: Path
    comparing: Comparing
    examined: Examined
    _profile: str | None = None
    _stored: StoredPart | None = None
    _kept: Kept = NOTHING_KEPT

    def __call__(self, version: Manifest | None) -> tuple[Part, Counted | None]:
        """The part in the lake, and how many rows of the dataset count with it.

        Raises:
            NothingNew: says of which version that is true.
        """
        news, rows = self.comparing.news(version), self.comparing.good.rows
        if version and news.nothing_new:
            replaced = " or were replaced there by later ones" if self.comparing.dataset.key else ""
            raise NothingNew(
                f"all its {rows} good rows are in version {version.version} already{replaced}; nothing was added"
            )
        if self._stored is None:
            self._stored = self._store()
        part = Part(
            key=self._stored.key,
            version_id=self._stored.version_id,
            sha256=self.source.sha256,
            rows=rows,
            bad_rows=self.outcome.bad_rows,
            duplicate_rows=news.duplicate_rows,
            known_rows=news.known_rows,
            bytes=self.path.stat().st_size,
            first_event=self.outcome.first_event,
            last_event=self.outcome.last_event,
            ignored_columns=self.outcome.ignored_columns,
            source=self.source,
            quarantine=self._kept.quarantine,
            report=self._kept.report,
            profile=self._profile,
            contracts=self.examined.told,
            extractors=made_by(self.comparing.dataset.fields),
        )
        return part, news.counted

    def _store(self) -> StoredPart:
        self._kept = keep_bad_rows(self.lake, self.dataset, self.source.sha256, self.outcome)
        profile = self.path.with_name("profile.json")
        profile.write_bytes(msgspec.json.encode(self.examined.profile, order="deterministic"))
        self._profile = self.lake.put_profile(self.dataset, self.source.sha256, profile)
        return self.lake.put_part(self.dataset, self.source.sha256, self.path)
