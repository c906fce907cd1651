"""The form of cells: what the values of a column are, and how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.features.extractors.own_onnx import OwnExtractor
from keepfit.features.extractors.registry import ExtractorName
from keepfit.features.schema.registry import MODULES

if TYPE_CHECKING:
    FieldType = str
else:
    # What a definition may name is what is listed.
    FieldType = Literal[tuple(MODULES)]

Words = str | list[str]
"""One text, or several. What is not declared is UNSET, so that what was compiled before stays the same bytes."""


class CellForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells of a column hold, and how they are written."""

    type: Annotated[FieldType, Meta(description="what a value is")]
    nullable: Annotated[bool, Meta(description="whether a value may be missing")] = False
    min: Annotated[float | None, Meta(description="the smallest number that is accepted")] = None
    max: Annotated[float | None, Meta(description="the largest number that is accepted")] = None
    missing: Annotated[
        Words | UnsetType,
        Meta(
            description="cells that hold no value, beside empty ones: of a category in place of the usual ones, of any "
            "other type more than those"
        ),
    ] = UNSET
    format: Annotated[
        Words | UnsetType,
        Meta(
            description="how a timestamp is written: `iso`, `epoch_s`, `epoch_ms`, `epoch_us`, or as strptime has it, "
            "`%d.%m.%Y`; without it, `iso`"
        ),
    ] = UNSET
    timezone: Annotated[
        str | UnsetType, Meta(description="where a timestamp without an offset was taken; without it, UTC")
    ] = UNSET
    decimal: Annotated[
        Literal[".", ","] | UnsetType,
        Meta(description="what begins a number's fraction; without it, a point"),
    ] = UNSET
    length: Annotated[
        Annotated[int, Meta(ge=1, le=4096)] | UnsetType, Meta(description="how many numbers a vector has")
    ] = UNSET
    extractor: Annotated[
        ExtractorName | OwnExtractor | UnsetType,
        Meta(
            description="what makes a vector of an image: `pixels`, the brightness of each, `hog`, the directions "
            'of its edges, or `{ onnx = "embedder.onnx" }`, a network of your own; without it, `pixels`'
        ),
    ] = UNSET
    size: Annotated[
        Annotated[list[Annotated[int, Meta(ge=1, le=1024)]], Meta(min_length=2, max_length=2)] | UnsetType,
        Meta(
            description="the width and the height to which an image is resized before; without it, 32 and 32, or what "
            "the network takes"
        ),
    ] = UNSET
    thousands: Annotated[
        Literal[",", ".", " ", "'"] | UnsetType, Meta(description="what parts a number's thousands")
    ] = UNSET
    true: Annotated[
        Words | UnsetType, Meta(description="the words for true, in any case, in place of the usual ones")
    ] = UNSET
    false: Annotated[
        Words | UnsetType, Meta(description="the words for false, in any case, in place of the usual ones")
    ] = UNSET
    sensitive: Annotated[
        bool | UnsetType,
        Meta(
            description="whether its values are left out of the prediction log, and of all that is made of it: they "
            "are learned from and predicted with, and the drift of inputs does not watch them"
        ),
    ] = UNSET
