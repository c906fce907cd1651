"""An online view with its dataset, and what its items are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from keepfit.features.online.lookups import combined, windows_of
from keepfit.features.online.revisions import Revision, Rule, micros
from keepfit.features.online.tiles.measures import Column, Tiling
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.layout import ViewScope

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class OnlineView:
    """One view; ``definition`` and ``dataset`` are those that are deployed.

    ``filters`` are the trees of its filters and those of its aggregates, by their SQL.
    """

    name: str
    definition: FeatureViewDefinition
    dataset: DatasetDefinition
    filters: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def filter(self) -> list[Any] | None:
        """The tree of the filter of all its rows; None for none."""
        return self.filters[self.definition.where] if self.definition.where else None

    @property
    def scope(self) -> ViewScope:
        return ViewScope(self.name)

    @cached_property
    def rule(self) -> Rule:
        """What counts as of a moment."""
        ttl = self.definition.ttl
        return Rule.of_seconds(
            delay_s=self.definition.delay.seconds,
            ttl_s=ttl.seconds if ttl else 0,
            timeless=self.dataset.event_time is None,
        )

    @cached_property
    def tiling(self) -> Tiling:
        """What the tiles of its windows are made of; without a resolution where it has no windows."""
        return Tiling.of(windows_of(self.definition, self.dataset))

    @cached_property
    def column_filters(self) -> dict[Column, list[list[Any]]]:
        """The trees of the filters of each column of its tiles, all of which must hold."""
        view = self.definition
        written = {
            Column(aggregate.of or None, combined(view, aggregate.where or None)): aggregate.where or None
            for aggregate in view.aggregated.values()
        }
        return {
            column: [self.filters[sql] for sql in (view.where or None, where) if sql]
            for column, where in written.items()
        }

    @property
    def tiles_kept(self) -> timedelta:
        """How long tiles are needed after their time."""
        windows = windows_of(self.definition, self.dataset)
        longest = max((window.window_s for window in windows), default=0)
        return timedelta(seconds=longest + self.definition.delay.seconds)

    @property
    def beside(self) -> list[str]:
        """The fields of the dataset's key that tell rows of one entity and instant apart."""
        known = {*self.definition.entity, self.dataset.event_time}
        return [field for field in self.dataset.key if field not in known]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides what items hold; items of another digest are made anew."""
        dataset, view = self.dataset, self.definition
        told = [
            [view.dataset, view.entity, view.latest, view.delay.seconds, view.where or None],
            [dataset.event_time, dataset.known_at, dataset.key],
        ]
        if view.aggregated:
            # A row is known by all of its fields.
            measures = [measure.key for measure in self.tiling.measures]
            told.append(
                [*measures, *(each.name for each in self.tiling.resolutions), *sorted(dataset.fields)]
            )
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    def expires_at(self, revisions: list[Revision], now: datetime) -> datetime | None:
        """When an item with these revisions may go: a day from now without any; a timeless one stays."""
        if not revisions:
            return now + _DAY
        if self.rule.timeless:
            return None
        kept = timedelta(microseconds=self.rule.ttl + self.rule.delay) + _DAY
        ahead = max(revision.happened for revision in revisions) - micros(now)
        return now + kept + timedelta(microseconds=max(ahead, 0))
