"""The definitions of feature views, and of aggregates in their windows."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.features.aggregates.registry import AggregateName
from keepfit.features.schema.cell_form import Words
from keepfit.features.schema.definition import Described, Field
from keepfit.features.schema.words import words
from keepfit.instants import Duration


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
    ] = msgspec.field(default_factory=list)
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
