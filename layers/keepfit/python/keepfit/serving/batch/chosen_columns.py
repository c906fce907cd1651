"""The columns of a file that a batch needs: those that the model reads, and those that results carry."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from keepfit.errors import RefusedUpload
from keepfit.features.io.columns import lacking, match
from keepfit.features.schema.signature import Signature
from keepfit.serving.batch.field_query import Cell
from keepfit.serving.batch.part import TableColumn


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is carried: its place in the file, and its name in the results."""

    place: int
    name: str


class ChosenColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Columns by their places; ``read`` has those of the signature's fields, None where one is lacking."""

    read: list[int | None]
    carried: list[Carried]

    def cells(self, columns: Sequence[TableColumn]) -> list[Cell | None]:
        """What each field is read from."""
        return [None if place is None else Cell(f"c{place}", columns[place].kind) for place in self.read]


def choose_columns(
    columns: Sequence[TableColumn],
    signature: Signature,
    *,
    carry: Sequence[str] | None,
    answered: Collection[str],
) -> ChosenColumns:
    """Chooses the columns of a file by its header, however that writes the names.

    Args:
        columns: those of the file.
        signature: names the fields, of which some a row may lack.
        carry: the names of those that results carry; None for all that have one.
        answered: the columns that results have of their own. One of the file's that is named so is named otherwise.

    Raises:
        RefusedUpload: one is missing, or could be several.
    """
    header = [column.name for column in columns]
    fields = signature.instance_columns
    absent = {*lacking([field.name for field in fields if field.optional], header)}
    names = [field.name for field in fields if field.name not in absent]
    read = match(names, header)
    if read.mistakes:
        raise RefusedUpload("; ".join([*read.mistakes, *_looked_up(signature, lacking(names, header))]))
    places = dict(zip(names, read.places, strict=True))
    return ChosenColumns(
        read=[places.get(field.name) for field in fields], carried=_carried(header, carry, answered)
    )


def _carried(header: Sequence[str], carry: Sequence[str] | None, answered: Collection[str]) -> list[Carried]:
    if carry is None:
        places: list[int] = [place for place, name in enumerate(header) if name]
    else:
        found = match(carry, header)
        if found.mistakes:
            raise RefusedUpload(f"cannot be carried as asked: it {'; '.join(found.mistakes)}")
        places = [place for place in found.places if place is not None]
    taken = {name.casefold() for name in answered}
    return [
        Carried(
            place=place, name=f"input_{header[place]}" if header[place].casefold() in taken else header[place]
        )
        for place in places
    ]


def _looked_up(signature: Signature, missing: Collection[str]) -> list[str]:
    features = {name for lookup in signature.lookups or () for name in lookup.features}
    if not features & {*missing}:
        return []
    return [
        f"{', '.join(sorted(features & {*missing}))}: a batch looks no features up, so its file has to hold them"
    ]
