"""The definitions of datasets and their fields."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.features.io.reductions import ReductionName
from keepfit.features.schema.cell_form import CellForm, Words
from keepfit.features.schema.contract import ContractDefinition
from keepfit.instants import Duration

UPLOADED_AT: Final = "_uploaded_at"
"""When a row was uploaded; no field's name begins with an underscore."""
COPY: Final = "_copy"
"""The number of a row among equal ones of its upload, from 1."""


class Field(CellForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column of a dataset: its type and its valid values.

    A row with an invalid value goes to quarantine.
    """

    column: Annotated[
        str | UnsetType,
        Meta(description="the header of its column in a file, where that is not the name of the field"),
    ] = UNSET
    path: Annotated[
        str | UnsetType,
        Meta(
            description="where its value stands in nested data, such as `$.customer.age`, `$.readings[-1]` or "
            "`$.items[*].price`; the first step is a column, whose texts may hold JSON too"
        ),
    ] = UNSET
    take: Annotated[
        ReductionName | UnsetType,
        Meta(description="what is taken of the elements of a list that `path` leads to, null ones left out"),
    ] = UNSET
    value: Annotated[
        str | UnsetType, Meta(description='the element that is looked for by `take = "contains"`')
    ] = UNSET
    unit: Annotated[str | None, Meta(description="what the number counts, for people")] = None
    description: Annotated[str | None, Meta(description="what the field means, for people")] = None


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """The owner, description and tags of a definition, for people who look for it in the catalogue."""

    owner: Annotated[
        Annotated[str, Meta(min_length=1)] | UnsetType,
        Meta(description="who answers for it: a team, or an address"),
    ] = UNSET
    description: Annotated[
        Annotated[str, Meta(min_length=1)] | UnsetType, Meta(description="what it is, for people")
    ] = UNSET
    tags: Annotated[
        list[str] | UnsetType, Meta(description="words by which `keepfit catalogue search` finds it")
    ] = UNSET


class DatasetDefinition(Described, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dataset: its fields, event time, identity, and limits for uploads.

    Its rows happened at one time and were known at another. A file becomes data as a whole or not at all.
    """

    fields: Annotated[dict[str, Field], Meta(description="the columns, a table for each")]
    event_time: Annotated[
        str | None,
        Meta(
            description="the timestamp field that says when a row happened; without it a row has the time of its "
            "upload and its place in the file"
        ),
    ] = None
    known_at: Annotated[
        str | None,
        Meta(description="the timestamp field that says when a row was known; without it, when it happened"),
    ] = None
    key: Annotated[
        list[str],
        Meta(
            description="the fields that name a row: of rows with the same key the one known last counts, and of those "
            "the one uploaded last; without a key, rows equal in every field count once; where there is no "
            "`event_time` either, as often as in the upload that has them most often"
        ),
    ] = []
    max_bad_share: Annotated[
        float, Meta(ge=0, le=1, description="a file with a larger share of bad rows is refused whole")
    ] = 0.05
    keep: Annotated[
        Duration | None,
        Meta(
            description="how long uploads, and rows that were taken or left out, stay after they arrived, in whole "
            "days; without it for good, but for rows left out, which stay 90 days"
        ),
    ] = None
    missing: Annotated[
        Words | UnsetType,
        Meta(description="cells that hold no value in any of its columns, beside the usual ones"),
    ] = UNSET
    anomalies: Annotated[
        Literal["quarantine", "take"],
        Meta(
            description="what becomes of an upload that stands out of those before it, such as one whose labels are "
            "mostly others, or whose values were never there: `quarantine` refuses it until a person releases it, "
            "`take` takes it like any other"
        ),
    ] = "quarantine"
    contracts: Annotated[
        list[ContractDefinition] | UnsetType,
        Meta(description="what every upload has to keep to, and what becomes of one that does not"),
    ] = UNSET
    sheet: Annotated[
        str | UnsetType,
        Meta(
            description="the sheet of its Excel files that is read; without it, the first that is not hidden"
        ),
    ] = UNSET
    encoding: Annotated[
        Literal["latin-1", "utf-16", "windows-1252"] | UnsetType,
        Meta(
            description="how its text files are encoded that are neither UTF-8 nor UTF-16 with a byte order mark, "
            "which are known without it"
        ),
    ] = UNSET

    @property
    def event_column(self) -> str:
        """The column that says when a row happened."""
        return self.event_time or UPLOADED_AT

    @property
    def known_column(self) -> str:
        """The column that says when a row was known."""
        return self.known_at or self.event_column

    @property
    def identity(self) -> list[str]:
        """The columns that identify a row: of rows with equal values in all of them, one counts."""
        if self.key:
            return self.key
        return [*self.fields] if self.event_time else [*self.fields, COPY]
