"""The definitions of datasets, their fields, and feature views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.features.aggregates.registry import AggregateName
from keepfit.features.extractors.registry import ExtractorName
from keepfit.features.io.reductions import ReductionName
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.registry import MODULES
from keepfit.features.schema.words import words
from keepfit.instants import Duration

if TYPE_CHECKING:
    FieldType = str
else:
    # What a definition may name is what is listed.
    FieldType = Literal[tuple(MODULES)]

Words = str | list[str]
"""One text, or several. What is not declared is UNSET, so that what was compiled before stays the same bytes."""

UPLOADED_AT: Final = "_uploaded_at"
"""When a row was uploaded; no field's name begins with an underscore."""
COPY: Final = "_copy"
"""The number of a row among equal ones of its upload, from 1."""


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
        ExtractorName | UnsetType,
        Meta(
            description="what makes a vector of an image: `pixels`, the brightness of each, or `hog`, the directions "
            "of its edges; without it, `pixels`"
        ),
    ] = UNSET
    size: Annotated[
        Annotated[list[Annotated[int, Meta(ge=1, le=1024)]], Meta(min_length=2, max_length=2)] | UnsetType,
        Meta(
            description="the width and the height to which an image is resized before; without it, 32 and 32"
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


class AggregateDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An aggregate of the rows of a view in sliding windows; each window is a feature.

    A window of a row begins so long before the instant as of which features are read, and both of its ends count.
    """

    aggregate: Annotated[
        AggregateName,
        Meta(
            description="what is computed. `count` of rows, or of the values of a field, and `distinct` are 0 of an "
            "empty window, all others are missing; `std` is of a sample, and `quantile` is one of the values"
        ),
    ]
    of: Annotated[
        str | UnsetType,
        Meta(description="the field it is of, whose missing values do not count; only `count` needs none"),
    ] = UNSET
    window: Annotated[
        Words,
        Meta(
            description="a duration from `1h` to `365d`, or several: of several each is a feature, whose name ends "
            "with it, such as `late_rate_3h`"
        ),
    ]
    q: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | UnsetType,
        Meta(description="of `quantile`: the share of the values that are no larger, such as 0.9"),
    ] = UNSET
    value: Annotated[
        bool | int | float | str | UnsetType,
        Meta(description="of `share_of`: the value that is counted"),
    ] = UNSET
    where: Annotated[
        str | UnsetType,
        Meta(description="row-level SQL over the fields of the dataset: the rows that count; left out, all"),
    ] = UNSET

    @property
    def windows(self) -> tuple[str, ...]:
        """The windows, as written."""
        return words(self.window)

    def features(self, name: str) -> dict[str, Duration]:
        """The features of an aggregate called ``name``, with their windows. ValueError: no duration."""
        windows = {window: Duration.parse(window) for window in self.windows}
        several = len(windows) > 1
        return {f"{name}_{window}" if several else name: length for window, length in windows.items()}


class OnlineDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a view's features reach requests."""

    on_outage: Annotated[
        Literal["fail", "missing"],
        Meta(
            description="while the online store cannot be read: `fail` answers 503, `missing` goes on without the "
            "features and says so in the header `keepfit-features-missing`"
        ),
    ] = "fail"


class FeatureViewDefinition(Described, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A view of a dataset: features of an entity as of a row's event time, never from its future."""

    dataset: Annotated[str, Meta(description="the dataset that holds the features")]
    entity: Annotated[
        list[str],
        Meta(
            description="the fields that join a row to its features; they have the same names in both datasets"
        ),
    ]
    latest: Annotated[
        list[str],
        Meta(
            description="the fields whose newest known value is the feature; of a dataset without `event_time` the "
            "value that was uploaded last, for rows of any time"
        ),
    ] = []
    ttl: Annotated[
        Duration | None,
        Meta(
            description="a value of `latest` that is older than this is missing instead; required for it where the "
            "dataset has a time"
        ),
    ] = None
    delay: Annotated[Duration, Meta(description="only what was known this long before the event counts")] = (
        Duration(0)
    )
    where: Annotated[
        str | UnsetType,
        Meta(
            description="row-level SQL over the fields of the dataset: the rows that the view has; left out, all"
        ),
    ] = UNSET
    sql: Annotated[
        str | UnsetType,
        Meta(
            description="a SELECT in DuckDB's SQL over the dataset, by its name, whose rows the view has in place of "
            "the dataset's; they hold the entity and the times of the dataset, and what `fields` says"
        ),
    ] = UNSET
    fields: Annotated[
        dict[str, Field] | UnsetType,
        Meta(description="what `sql` gives beside the entity and the times, a table for each"),
    ] = UNSET
    aggregates: Annotated[
        dict[str, AggregateDefinition] | UnsetType,
        Meta(description="features of the rows in sliding windows, a table for each"),
    ] = UNSET

    online: Annotated[
        bool | OnlineDefinition | UnsetType,
        Meta(
            description="`true`, or a table: its features are kept in the online store too, where requests find them; "
            "see `lookup` of a model"
        ),
    ] = UNSET
    version: Annotated[
        Annotated[int, Meta(ge=1)] | UnsetType,
        Meta(
            description="its number, where the version before stays for models that name it as `view@1:field`; left "
            'out, 1, or what the table\'s name says: `[feature_view."weather@2"]`'
        ),
    ] = UNSET

    @property
    def aggregated(self) -> dict[str, AggregateDefinition]:
        """The aggregates by their names, none where there are none."""
        return self.aggregates or {}

    @property
    def on_outage(self) -> Literal["fail", "missing"]:
        """What requests get while the online store cannot be read."""
        return self.online.on_outage if isinstance(self.online, OnlineDefinition) else "fail"
