"""The numbers that each column gives a model's row: several for a text or an instant."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from keepfit.errors import InvalidModel
from keepfit.features.encoding.calendar import PARTS, compile_calendar
from keepfit.features.encoding.codes import FIRST_KNOWN, Codes, codes_of
from keepfit.features.encoding.target_means import compile_means
from keepfit.features.encoding.text_scores import compile_scores
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of

Read = Callable[[Any], tuple[float, ...]]
CodesOf = Callable[[Column], Codes | None]


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number of the row; ``codes`` says how many codes a category's has, and is None for all others."""

    name: str
    column: Column
    codes: int | None = None


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one column: by ``codes``, by ``read`` for several, else the value itself."""

    column: Column
    numbers: tuple[Number, ...]
    codes: Codes | None = None
    read: Read | None = None


def numbers_of(column: Column, codes_of: CodesOf = codes_of) -> Numbers:
    """The numbers of a column of ``Signature.model_columns``, with its codes by ``codes_of``.

    Raises:
        InvalidModel: a text column of a signature that no candidate was fitted for.
    """
    encoding = type_of(column.type).encoding
    if encoding == "text":
        return _text(column)
    if encoding == "calendar":
        names = tuple(f"{column.name} ({part})" for part in parts_of(column))
        read = compile_calendar(column.calendar or "UTC", parts_of(column))
        return Numbers(column=column, numbers=_named(column, names), read=read)
    if encoding == "vector":
        return _vector(column)
    if encoding == "code":
        return _category(column, codes_of(column))
    return Numbers(column=column, numbers=_named(column, (column.name,)))


def parts_of(column: Column) -> Sequence[str]:
    """The parts of a calendar that are read of an instant."""
    return column.parts or PARTS


def row_numbers(signature: Signature) -> tuple[Number, ...]:
    """The numbers of a model's row, in their order."""
    return tuple(number for column in signature.model_columns for number in numbers_of(column).numbers)


def code_sizes(signature: Signature) -> dict[int, int]:
    """The positions of categories in a model's row, and how many codes each has, 0 and 1 included."""
    return {
        position: number.codes
        for position, number in enumerate(row_numbers(signature))
        if number.codes is not None
    }


def _text(column: Column) -> Numbers:
    if column.text is None:
        raise InvalidModel(
            f"the signature has no scores for the text of {column.name}; train the model again"
        )
    names = (*_numbered(column.name, "score", column.text.width), f"{column.name} (words)")
    return Numbers(column=column, numbers=_named(column, names), read=compile_scores(column.text))


def _vector(column: Column) -> Numbers:
    width = type_of(column.type).width(column)
    missing = (math.nan,) * width

    def read(value: Any) -> tuple[float, ...]:
        return missing if value is None else tuple(value)

    names = tuple(f"{column.name} [{place}]" for place in range(width))
    return Numbers(column=column, numbers=_named(column, names), read=read)


def _category(column: Column, codes: Codes | None) -> Numbers:
    size = int(FIRST_KNOWN) + len(column.vocabulary or [])
    code = Number(name=column.name, column=column, codes=size)
    if column.means is None or codes is None:
        return Numbers(column=column, numbers=(code,), codes=codes)
    means = compile_means(column.means)

    def read(value: Any) -> tuple[float, ...]:
        return codes[value], *means(value)

    names = tuple(_numbered(column.name, "mean", column.means.width))
    return Numbers(column=column, numbers=(code, *_named(column, names)), read=read)


def _named(column: Column, names: tuple[str, ...]) -> tuple[Number, ...]:
    return tuple(Number(name=name, column=column) for name in names)


def _numbered(name: str, what: str, width: int) -> list[str]:
    return [f"{name} ({what})"] if width == 1 else [f"{name} ({what} {n})" for n in range(1, width + 1)]
