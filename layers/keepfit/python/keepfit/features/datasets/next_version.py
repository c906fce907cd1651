"""Manifests of the next version: with one part more, with one replaced, or without one."""

from __future__ import annotations

from datetime import datetime

from keepfit.features.datasets.manifest import UPLOADED, Cause, Counted, Manifest, Part, digest_of
from keepfit.features.schema.definition import Field
from keepfit.instants import to_iso


def following(
    parent: Manifest | None,
    part: Part,
    *,
    dataset: str,
    schema: dict[str, Field],
    at: datetime,
    counted: Counted | None = None,
    cause: Cause = UPLOADED,
) -> Manifest:
    """The version after ``parent`` with ``part`` added, or in place of one of the same content."""
    others = parent.beside(part.sha256) if parent else []
    parts = [*others, part]
    return Manifest(
        dataset=dataset,
        version=parent.version + 1 if parent else 1,
        created_at=to_iso(at),
        parent=parent.version if parent else None,
        rows=sum(part.rows for part in parts),
        first_event=min(p.first_event for p in parts),
        last_event=max(p.last_event for p in parts),
        schema={**(parent.schema if parent and others else {}), **schema},
        parts=parts,
        digest=digest_of(parts),
        counted=counted,
        cause=cause,
    )


def without(
    parent: Manifest, withdrawn: Part, *, at: datetime, counted: Counted | None, cause: Cause
) -> Manifest:
    """The version after ``parent`` without one of its parts; without any, fields lose their types."""
    parts = parent.beside(withdrawn.sha256)
    return Manifest(
        dataset=parent.dataset,
        version=parent.version + 1,
        created_at=to_iso(at),
        parent=parent.version,
        rows=sum(part.rows for part in parts),
        first_event=min((part.first_event for part in parts), default=None),
        last_event=max((part.last_event for part in parts), default=None),
        schema=parent.schema if parts else {},
        parts=parts,
        digest=digest_of(parts),
        counted=counted,
        cause=cause,
        withdrawn=withdrawn,
    )
