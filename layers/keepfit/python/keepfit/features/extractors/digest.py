"""The digest of an extractor: vectors with different ones are never mixed."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import UNSET

from keepfit.features.extractors.base import DECODING_VERSION
from keepfit.features.extractors.own_onnx import OwnExtractor
from keepfit.features.extractors.registry import extractor_of


def extractor_digest(extractor: str | OwnExtractor, size: tuple[int, int]) -> str:
    """SHA-256 of all that its numbers depend on: which it is, its parameters, the code's version.

    Of a file, the name says nothing.
    """
    made_by = (
        [extractor, extractor_of(extractor).version] if isinstance(extractor, str) else _of_file(extractor)
    )
    said = {"decoding": DECODING_VERSION, "extractor": made_by, "size": size}
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def _of_file(extractor: OwnExtractor) -> dict[str, object]:
    values = {"sha256": extractor.sha256, "mean": extractor.mean, "std": extractor.std}
    return {name: value for name, value in values.items() if value is not UNSET}
