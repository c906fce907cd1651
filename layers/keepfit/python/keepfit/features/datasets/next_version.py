"""Manifests of the next version: with a part more, one replaced, without one, or some rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from keepfit.features.datasets.manifest import (
    UPLOADED,
    Cause,
    Counted,
    Manifest,
    Part,
    RewrittenPart,
    digest_of,
)
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
    known = parent.schema if parent and others else {}
    return _next(parent, dataset, [*others, part], {**known, **schema}, at=at, counted=counted, cause=cause)


def without(
    parent: Manifest, withdrawn: Part, *, at: datetime, counted: Counted | None, cause: Cause
) -> Manifest:
    """The version after ``parent`` without one of its parts; without any, fields lose their types."""
    parts = parent.beside(withdrawn.sha256)
    schema = parent.schema if parts else {}
    version = _next(parent, parent.dataset, parts, schema, at=at, counted=counted, cause=cause)
    return msgspec.structs.replace(version, withdrawn=withdrawn)


def with_rewritten(
    parent: Manifest,
    rewritten: Mapping[str, RewrittenPart],
    *,
    at: datetime,
    cause: Cause,
    counted: Counted | None = None,
) -> Manifest:
    """The version after ``parent`` with others in place of the parts whose keys ``rewritten`` has."""
    parts = [
        _rewritten(part, rewritten[part.key]) if part.key in rewritten else part for part in parent.parts
    ]
    version = _next(parent, parent.dataset, parts, parent.schema, at=at, counted=counted, cause=cause)
    changed = [part.sha256 for part in parent.parts if part.key in rewritten]
    return msgspec.structs.replace(version, rewritten=changed)


def _next(
    parent: Manifest | None,
    dataset: str,
    parts: list[Part],
    schema: dict[str, Field],
    *,
    at: datetime,
    counted: Counted | None,
    cause: Cause,
) -> Manifest:
    """The version after ``parent`` with these parts; the first one without a parent."""
    return Manifest(
        dataset=dataset,
        version=parent.version + 1 if parent else 1,
        created_at=to_iso(at),
        parent=parent.version if parent else None,
        rows=sum(part.rows for part in parts),
        first_event=min((part.first_event for part in parts if part.rows), default=None),
        last_event=max((part.last_event for part in parts if part.rows), default=None),
        schema=schema,
        parts=parts,
        digest=digest_of(parts),
        counted=counted,
        cause=cause,
    )


def _rewritten(part: Part, found: RewrittenPart) -> Part:
    """A part of which no row is left has the time of its upload, as one without an event time has."""
    uploaded = part.source.uploaded_at
    there = {"first_event": found.first_event, "last_event": found.last_event}
    if not found.first_event:
        held = {"first_event": part.first_event, "last_event": part.last_event}
        there = {"first_event": uploaded, "last_event": uploaded} if uploaded and not found.rows else held
    return msgspec.structs.replace(
        part,
        key=found.key,
        version_id=found.version_id,
        rows=found.rows,
        bytes=found.bytes,
        profile=found.profile,
        duplicate_rows=None,
        known_rows=None,
        **there,
    )
