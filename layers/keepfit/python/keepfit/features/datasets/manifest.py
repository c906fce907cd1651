"""Versions of a dataset, and the parts they are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.errors import TamperedArtifact
from keepfit.features.datasets.contract_results import ContractResult
from keepfit.features.extractors.own_onnx import OwnExtractor
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import type_of


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one object in the intake bucket."""

    bucket: str
    key: str
    version_id: str


def same_object(one: Upload, other: Upload) -> bool:
    """Whether both are the same version of the same object."""
    return (one.bucket, one.key, one.version_id) == (other.bucket, other.key, other.version_id)


class Source(Upload, frozen=True, kw_only=True):
    """An upload, when it came (ISO 8601), and SHA-256 of its unpacked bytes and of the file.

    Records of before lack the last two.
    """

    sha256: str
    uploaded_at: str | None = None
    file_sha256: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The good rows of one upload, as a Parquet file in the lake of ``bytes`` length.

    ``sha256`` is the upload's, which names the part. Events are ISO 8601 in UTC. ``ignored_columns`` are columns of the
    upload that the definition does not name. ``duplicate_rows`` are those that come twice in it, and
    ``known_rows`` others that changed nothing in the version before it; None where that was not counted.
    ``quarantine`` is where its bad rows are, ``report`` what is said of them, and ``profile`` what its columns hold;
    parts of before do not say. ``contracts`` are those that were not kept. ``extractors`` are the digests of what made
    the vectors of fields that hold pictures; parts of before do not say.
    """

    key: str
    version_id: str
    sha256: str
    rows: int
    bad_rows: int
    bytes: int
    first_event: str
    last_event: str
    source: Source
    ignored_columns: list[str] = []
    duplicate_rows: int | None = None
    known_rows: int | None = None
    quarantine: str | None = None
    report: str | None = None
    profile: str | None = None
    contracts: list[ContractResult] = []
    extractors: dict[str, str] = {}


class RewrittenPart(msgspec.Struct, frozen=True, kw_only=True):
    """What took the place of a part when an entity was forgotten; events are empty where no row is left."""

    key: str
    version_id: str
    rows: int
    bytes: int
    first_event: str
    last_event: str
    profile: str | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The number of rows that count; of rows equal in the fields ``by``, sorted, one counts."""

    rows: int
    by: list[str]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The cause of a version: an upload came, was read again or withdrawn, or an entity was forgotten.

    ``who`` did it, and ``train`` is False where models are not to train because of it. ``record`` is the id of a
    forgetting's.
    """

    kind: Literal["upload", "again", "withdrawal", "forgetting"]
    who: str | None = None
    why: str | None = None
    train: bool = True
    record: str | UnsetType = UNSET


UPLOADED = Cause(kind="upload")


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable version of a dataset: its parts.

    ``rows`` are in the parts, and ``counted`` says how many of them count; None where that is not known. Without a
    part there is no event. ``schema`` has every field that some part may hold, those included that the definition no
    longer names. ``cause`` made the version of its ``parent``, by adding the last part or by leaving out
    ``withdrawn``; versions of before do not say. ``rewritten`` are the uploads, by SHA-256, of whose rows some were
    forgotten.
    """

    dataset: str
    version: int
    created_at: str
    parent: int | None
    rows: int
    first_event: str | None
    last_event: str | None
    schema: dict[str, Field]
    parts: list[Part]
    digest: str
    counted: Counted | None = None
    cause: Cause | None = None
    withdrawn: Part | None = None
    rewritten: list[str] = []

    @property
    def changed(self) -> Part:
        """The part that made the version another than its parent; one of several that were rewritten."""
        rewritten = self.holding(self.rewritten[0]) if self.rewritten else None
        return self.withdrawn or rewritten or self.parts[-1]

    def holding(self, sha256: str) -> Part | None:
        """The part made of the upload with this SHA-256."""
        return next((part for part in self.parts if part.sha256 == sha256), None)

    def beside(self, sha256: str) -> list[Part]:
        """The parts made of other uploads."""
        return [part for part in self.parts if part.sha256 != sha256]

    def is_unrepeated(self, identity: Sequence[str]) -> bool:
        """Whether it is known that no two rows are equal in the columns ``identity``."""
        return self.counted == Counted(rows=self.rows, by=sorted(identity))

    def disagreement(self, fields: Mapping[str, Field], *, beside: str | None = None) -> str | None:
        """The first of ``fields`` with another type here, and what to do; None where there is none.

        ``beside`` is the SHA-256 of an upload that is to be read anew, and holds nothing up where it is the only one.
        """
        others = self.parts if beside is None else self.beside(beside)
        if beside is not None and not others:
            return None
        for name, field in fields.items():
            held = self.schema.get(name, field)
            here, there = _kept_as(field), _kept_as(held, [part.extractors.get(name) for part in others])
            if here != there:
                return (
                    f"the field {name} is defined as {here}, but version {self.version} of {self.dataset} "
                    f"holds it as {there}; give the field a new name, change its type back to {there}, or "
                    "withdraw every upload of before and take each again"
                )
        return None


def _kept_as(field: Field, made_by: Iterable[str | None] = ()) -> str:
    """The type of a field, with what makes vectors of it others.

    ``made_by`` are the digests of the extractors that did, where that is known.
    """
    own = type_of(field.type).made_by(field)
    digests = {digest or own for digest in made_by} or {own}
    extractor = field.extractor.onnx if isinstance(field.extractor, OwnExtractor) else field.extractor
    more = [str(given) for given in (field.length, extractor, field.size) if given is not UNSET]
    return " ".join(
        [field.type, *more, *sorted(f"(extractor {digest[:12]})" for digest in digests if digest)]
    )


def made_by(fields: Mapping[str, Field]) -> dict[str, str]:
    """The digests of the extractors of fields that have one."""
    digests = {name: type_of(field.type).made_by(field) for name, field in fields.items()}
    return {name: digest for name, digest in digests.items() if digest}


def to_json(manifest: Manifest) -> bytes:
    """Canonical JSON: the same manifest is always the same bytes."""
    return msgspec.json.encode(manifest, order="deterministic")


def from_json(data: bytes) -> Manifest:
    """The inverse of ``to_json``.

    Raises:
        TamperedArtifact: bytes that are no manifest, or parts that do not have the manifest's digest.
    """
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
        parts = msgspec.json.decode(data, type=_WrittenParts).parts
    except msgspec.MsgspecError as error:
        raise TamperedArtifact(f"a dataset manifest cannot be read: {error}") from error
    if hashlib.sha256(parts).hexdigest() != manifest.digest:
        raise TamperedArtifact(
            f"version {manifest.version} of {manifest.dataset} does not have its own digest"
        )
    return manifest


class _WrittenParts(msgspec.Struct, frozen=True):
    """The parts as written, so that a manifest keeps its digest when parts get new fields."""

    parts: msgspec.Raw


def digest_of(parts: list[Part]) -> str:
    """SHA-256 in hex of the parts as a manifest writes them."""
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()
