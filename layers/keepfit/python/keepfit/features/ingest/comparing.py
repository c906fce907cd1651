"""What an upload adds to a version of its dataset, as far as the parts to compare it with can be fetched."""

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
from keepfit.features.ingest.validation import Outcome
from keepfit.features.schema.definition import DatasetDefinition

# Rows are compared with those of other parts, of which so many bytes are fetched.
MAX_COMPARED_BYTES = 512 * 2**20


class News(NamedTuple):
    """What an upload brings; None where the other parts are too large to look.

    ``counted`` is of the dataset with the upload in it, and ``nothing_new`` says that it would be the same without.
    """

    duplicate_rows: int | None = None
    known_rows: int | None = None
    counted: Counted | None = None
    nothing_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """One upload's good rows, ``outcome.part``, beside the parts of any version.

    ``replaces`` is the part that was made of the same content before, and whose place this one takes. What has expired
    since is compared with nothing.
    """

    dataset: DatasetDefinition
    lake: Lake
    folder: Path
    outcome: Outcome
    replaces: Part | None
    _held: dict[str, Path | None] = field(default_factory=dict)
    _found: dict[frozenset[str], Overlap | None] = field(default_factory=dict)

    def news(self, version: Manifest | None) -> News:
        """What the upload brings to ``version``, None where it is the first."""
        others = [part for part in (version.parts if version else []) if part != self.replaces]
        counted = version.counted if version else Counted(rows=0, by=self._by)
        if self.replaces and not self._fetched(self.replaces):
            counted = None  # its rows were counted, and which they were is no longer known
        if counted is None or counted.by != self._by:  # as it was never counted, or by other fields
            overlap = self._overlap(others)
            if overlap:
                return self._news(overlap, overlap.counted_after)
            counted = None
        overlap = self._overlap(self._near(others))
        if overlap:
            more = overlap.counted_after - overlap.counted_before
            return self._news(overlap, counted.rows + more if counted else None)
        # Whether the same content is read as something else now does not need the others, unless a key orders them.
        alone = self._overlap([]) if self.replaces and not self.dataset.key else None
        return News(nothing_new=self._news(alone, None).nothing_new if alone else False)

    def _news(self, found: Overlap, rows: int | None) -> News:
        good = self.outcome.rows - self.outcome.bad_rows
        return News(
            duplicate_rows=found.duplicate_rows,
            known_rows=found.known_rows,
            counted=None if rows is None else Counted(rows=rows, by=self._by),
            nothing_new=found.known_rows > 0 and found.duplicate_rows + found.known_rows == good,
        )

    @property
    def _by(self) -> list[str]:
        return sorted(self.dataset.identity)

    def _near(self, others: Iterable[Part]) -> list[Part]:
        """The parts that may hold the same rows: those of the same time, where rows of two times are not the same.

        A part from before there was an event time has that of its upload, whatever it holds.
        """
        if self.dataset.event_time not in self.dataset.identity:
            return list(others)
        spans = [(self.outcome.first_event, self.outcome.last_event)]
        if self.replaces:
            spans.append((self.replaces.first_event, self.replaces.last_event))
        return [
            part
            for part in others
            if part.first_event == part.source.uploaded_at
            or any(part.first_event <= last and part.last_event >= first for first, last in spans)
        ]

    def _overlap(self, others: Sequence[Part]) -> Overlap | None:
        """Compares with ``others``; None where they are too large."""
        if self.outcome.part is None or sum(part.bytes for part in others) > MAX_COMPARED_BYTES:
            return None
        asked = frozenset(part.key for part in others)
        if asked not in self._found:
            try:
                self._found[asked] = count_overlap(
                    self.outcome.part,
                    replaced=self._fetched(self.replaces) if self.replaces else None,
                    others=[path for part in others if (path := self._fetched(part))],
                    dataset=self.dataset,
                    folder=self.folder,
                )
            except duckdb.OutOfMemoryException:
                self._found[asked] = None
        return self._found[asked]

    def _fetched(self, part: Part) -> Path | None:
        """None where it has expired."""
        if part.key not in self._held:
            path = self.folder / f"held-{len(self._held)}.parquet"
            self._held[part.key] = path if get_kept(self.lake, part, path, self.dataset) else None
        return self._held[part.key]
