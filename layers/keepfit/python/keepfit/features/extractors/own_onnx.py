"""The definition of an extractor of the user's own: an ONNX file beside the definition."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Channels = Annotated[list[float], Meta(min_length=1, max_length=3)]


class OwnExtractor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``extractor = { onnx = "embedder.onnx" }``: a network that makes the vector of a picture.

    Compiled, it has the SHA-256 of the file and the ``length`` of its vectors, by which alone the file is named then.
    """

    onnx: Annotated[str, Meta(min_length=6, max_length=200, description="the file, beside the definition")]
    mean: Annotated[
        Channels | UnsetType,
        Meta(description="what is taken from each channel, of 0 to 1; left out, nothing"),
    ] = UNSET
    std: Annotated[
        Channels | UnsetType, Meta(description="what each channel is divided by then; left out, 1")
    ] = UNSET
    sha256: Annotated[str | UnsetType, Meta(description="not written: the file's SHA-256")] = UNSET
    length: Annotated[int | UnsetType, Meta(description="not written: how many numbers it gives")] = UNSET


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """An extractor, and the width and height of the pictures that it is given."""

    extractor: OwnExtractor
    size: tuple[int, int]
