"""Narrows a signature to the selected columns: what a client need not send any more, it may leave out.

It may still send it, too. So what a client of the champion sends is answered by the challenger, and the other way
round, while a canary lets either answer.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import UNSET
from msgspec.structs import replace

from keepfit.features.expressions.python_row import columns_of
from keepfit.features.schema.signature import Column, Signature
from keepfit.training.selection.selection import FeatureSelection


def narrowed(signature: Signature, selection: FeatureSelection) -> Signature:
    """The signature of a model that reads only the selected columns.

    A derived column goes, unless a selected one is derived from it. An input stays, since clients may still send it: as
    an optional one, unless the model or a selected derived column reads it.
    """
    kept = selection.kept
    needed = _needed(signature, kept)

    def narrow(column: Column) -> Column:
        if column.source == "derived":
            return replace(column, read=UNSET if column.name in kept else False)
        optional = column.name not in needed or column.name in selection.optional
        return replace(
            column,
            read=UNSET if column.name in kept else False,
            optional=optional or UNSET,
            nullable=column.nullable or optional,
        )

    columns = [
        narrow(column) for column in signature.columns if column.source != "derived" or column.name in needed
    ]
    return replace(signature, columns=columns)


def unread_inputs(signature: Signature) -> frozenset[str]:
    """The fields that a request may hold and nothing reads."""
    read = {column.name for column in signature.model_columns}
    needed = _needed(signature, read)
    return frozenset(column.name for column in signature.instance_columns if column.name not in needed)


def optional_inputs(signature: Signature) -> frozenset[str]:
    """The fields that a request may leave out."""
    return frozenset(column.name for column in signature.instance_columns if column.optional)


def _needed(signature: Signature, kept: Collection[str]) -> frozenset[str]:
    """``kept``, and what those are derived from."""
    needed = set(kept)
    # A derived column reads only such as stand before it.
    for column in reversed(signature.columns):
        if column.source == "derived" and column.name in needed:
            needed |= columns_of(column.expression)
    return frozenset(needed)
