"""Compares an upload with a version of its dataset, as far as its parts can be fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb

from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.manifest import Counted, Manifest, Part
from keepfit.features.datasets.ports import Lake
from keepfit.features.ingest.overlap import Overlap, count_overlap
from keepfit.features.schema.definition import DatasetDefinition

# Rows are compared with those of other parts, of which so many bytes are fetched.
MAX_COMPARED_BYTES = 512 * 2**20


class News(NamedTuple):
    """The new rows of an upload; None where the other parts are too large to compare.

    ``counted`` is of the dataset with the upload in it, and ``nothing_new`` says that it would be the same without.
    """

    duplicate_rows: int | None = None
    known_rows: int | None = None
    counted: Counted | None = None
    nothing_new: bool = False


class GoodRows(NamedTuple):
    """The good rows of the upload ``sha256``, Parquet at ``path``, and how many others it has."""

    path: Path
    sha256: str
    rows: int
    bad_rows: int
    first_event: str
    last_event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """One upload's good rows beside the parts of any version.

    ``replaces`` is the part that was made of the same content before, and whose place this one takes; ``same_upload``
    says that it came by the same upload as well, so that nothing is newer for it. What has expired since is compared
    with nothing, and neither is what was read as other types.
    """

    dataset: DatasetDefinition
    lake: Lake
    folder: Path
    good: GoodRows
    replaces: Part | None = None
    same_upload: bool = False
    _held: dict[str, Path | None] = field(default_factory=dict)
    _found: dict[frozenset[str], Overlap | None] = field(default_factory=dict)

    def news(self, version: Manifest | None) -> News:
        """The upload's news relative to ``version``, None where it is the first."""
        others = version.beside(self.good.sha256) if version else []
        counted = version.counted if version else Counted(rows=0, by=self._by)
        replaced = self._replaced(version)
        if self.replaces and not replaced:
            counted = None  # its rows were counted, and which they were is no longer known
        if counted is None or counted.by != self._by:  # as it was never counted, or by other fields
            overlap = self._overlap(others, replaced)
            if overlap:
                return self._news(overlap, overlap.counted_after)
            counted = None
        overlap = self._overlap(self._near(others), replaced)
        if overlap:
            more = overlap.counted_after - overlap.counted_before
            return self._news(overlap, counted.rows + more if counted else None)
        # Whether the same content is read as something else now does not need the others, unless a key orders them.
        needs_none = replaced and (self.same_upload or not self.dataset.key)
        alone = self._overlap([], replaced) if needs_none else None
        return News(nothing_new=self._news(alone, None).nothing_new if alone else False)

    def counted_without(self, version: Manifest) -> Counted | None:
        """How many rows of ``version`` count once the upload is left out; None where that is not known.

        With a key, rows that it had replaced count again.
        """
        others, counted = version.beside(self.good.sha256), version.counted
        if not others:
            return Counted(rows=0, by=self._by)
        if version.disagreement(self.dataset.fields):
            return None
        if counted is None or counted.by != self._by:
            overlap = self._overlap(others)
            return Counted(rows=overlap.counted_before, by=self._by) if overlap else None
        overlap = self._overlap(self._near(others))
        if overlap is None:
            return None
        less = overlap.counted_after - overlap.counted_before
        return Counted(rows=counted.rows - less, by=self._by)

    def _news(self, found: Overlap, rows: int | None) -> News:
        known = found.known_rows > 0 and found.duplicate_rows + found.known_rows == self.good.rows
        return News(
            duplicate_rows=found.duplicate_rows,
            known_rows=found.known_rows,
            counted=None if rows is None else Counted(rows=rows, by=self._by),
            nothing_new=known and found.counted_after == found.counted_before and self._reads_alike(),
        )

    def _reads_alike(self) -> bool:
        """Whether as many rows are good and bad as when the same content was read before."""
        before = self.replaces
        return before is None or (before.rows, before.bad_rows) == (self.good.rows, self.good.bad_rows)

    @property
    def _by(self) -> list[str]:
        return sorted(self.dataset.identity)

    def _near(self, others: Iterable[Part]) -> list[Part]:
        """The parts that may hold the same rows: those of the same time.

        A part from before there was an event time has that of its upload, whatever it holds.
        """
        if self.dataset.event_time not in self.dataset.identity:
            return list(others)
        spans = [(self.good.first_event, self.good.last_event)]
        if self.replaces:
            spans.append((self.replaces.first_event, self.replaces.last_event))
        return [
            part
            for part in others
            if part.first_event == part.source.uploaded_at
            or any(part.first_event <= last and part.last_event >= first for first, last in spans)
        ]

    def _replaced(self, version: Manifest | None) -> Path | None:
        """The rows of the part that is replaced, where they are still there and of today's types."""
        if self.replaces is None or (version and version.disagreement(self.dataset.fields)):
            return None
        return self._fetched(self.replaces)

    def _overlap(self, others: Sequence[Part], replaced: Path | None = None) -> Overlap | None:
        """Compares with ``others``; None where they are too large."""
        if sum(part.bytes for part in others) > MAX_COMPARED_BYTES:
            return None
        asked = frozenset([str(replaced), *(part.key for part in others)])
        if asked not in self._found:
            try:
                self._found[asked] = count_overlap(
                    self.good.path,
                    replaced=replaced,
                    others=[path for part in others if (path := self._fetched(part))],
                    dataset=self.dataset,
                    folder=self.folder,
                )
            except duckdb.OutOfMemoryException:
                self._found[asked] = None
        return self._found[asked]

    def _fetched(self, part: Part) -> Path | None:
        """A local copy of a part; None where it has expired."""
        if part.key not in self._held:
            path = self.folder / f"held-{len(self._held)}.parquet"
            self._held[part.key] = path if get_kept(self.lake, part, path, self.dataset) else None
        return self._held[part.key]
