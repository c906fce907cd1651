"""Appends dataset versions with one more part, or with one in place of an earlier reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepfit.errors import RefusedUpload
from keepfit.features.datasets.manifest import UPLOADED, Cause, Counted, Manifest, Part
from keepfit.features.datasets.next_version import following
from keepfit.features.datasets.records import FileRecord
from keepfit.features.datasets.version_chain import VersionChain
from keepfit.features.schema.definition import Field

# What is added to a version, and how many rows count from then on.
Addition = Callable[[Manifest | None], tuple[Part, Counted | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appending:
    """Adds parts to one dataset, whose fields are ``schema``."""

    chain: VersionChain
    schema: dict[str, Field]

    def append(
        self,
        sha256: str,
        addition: Addition,
        *,
        at: datetime,
        known: FileRecord | None = None,
        cause: Cause = UPLOADED,
    ) -> FileRecord:
        """Adds a part, unless the same content was handled meanwhile; returns its record.

        Args:
            sha256: the content's.
            addition: asked for each version that the part might follow, None where it is the first.
            at: when this is.
            known: the record of the content as it was before this was begun.
            cause: of the version.

        Raises:
            RefusedUpload: a field had another type when the newest version was written; or as ``addition`` says.
            Conflict: too many others append at the same time; the same call succeeds later.
        """

        def step(parent: Manifest | None) -> Manifest | FileRecord:
            now = self.chain.records.file(self.chain.dataset, sha256)
            if now is not None and (known is None or now.version != known.version):
                return now
            disagreement = parent.disagreement(self.schema, beside=sha256) if parent else None
            if disagreement:
                raise RefusedUpload(disagreement)
            part, counted = addition(parent)
            return following(
                parent,
                part,
                dataset=self.chain.dataset,
                schema=self.schema,
                at=at,
                counted=counted,
                cause=cause,
            )

        return self.chain.write(step)
