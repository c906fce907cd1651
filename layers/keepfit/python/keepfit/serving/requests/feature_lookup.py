"""Looks up the features that instances leave out, by their entities, in one read per request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.errors import InvalidRequest, ServiceUnavailable
from keepfit.features.online.ports import ItemKey, OnlineReader
from keepfit.features.online.readings import EntityReader, Reading
from keepfit.features.online.revisions import micros
from keepfit.features.online.view_reader import ViewReader
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.signature import Column, Lookup, Signature
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.instants import from_iso
from keepfit.serving.inference.instances import InstanceDecoder, invalid_instances

MAX_ITEMS: Final = 1000
"""That a request may need: ten reads of a hundred."""
FEATURES_MISSING: Final = "keepfit-features-missing"
"""The header that names the views that an outage left out."""


class FeatureSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where the features of a view came from, for one instance; a part of the prediction log.

    ``state`` is "found", "expired" (older than the ttl, so missing), "absent" (nothing is known of the entity),
    "no entity" (a key was null), "outage", or "sent" (the client sent every feature). ``source`` begins the SHA-256 of
    the upload. ``windows`` is the state of the tiles: "found", "crowded" or "redefined". ``sent`` are features that the
    client sent in place of those found.
    """

    state: str
    happened: str | UnsetType = UNSET
    known: str | UnsetType = UNSET
    age_s: float | UnsetType = UNSET
    source: str | UnsetType = UNSET
    windows: str | UnsetType = UNSET
    sent: list[str] = []


class Completed(NamedTuple):
    """What was looked up for each instance, by view, and the views that an outage left out."""

    sources: list[dict[str, FeatureSource]]
    missing: list[str]


class FeatureLookup:
    """Fills the features in that instances leave out; make one per model and keep it.

    Args:
        signature: of the model, with lookups.
        decoder: of its instances, with lookups.
        event_time: when an instance happens, None where it does not say.
        reader: of the online store.
    """

    def __init__(
        self,
        signature: Signature,
        decoder: InstanceDecoder,
        *,
        event_time: Callable[[Any], datetime | None],
        reader: OnlineReader,
    ) -> None:
        attributes = {column.name: f"f{n}" for n, column in enumerate(decoder.columns)}
        forms = {column.name: column for column in decoder.columns}
        self._views = [_View(lookup, attributes, forms) for lookup in signature.lookups or ()]
        self._event_time, self._reader = event_time, reader

    def complete(self, instances: Sequence[Any], *, now: datetime) -> Completed:
        """Sets what ``instances`` leave out, as of when each happens, or else ``now``.

        Raises:
            InvalidRequest: a key is missing or of another type, or there are too many entities.
            ServiceUnavailable: the store does not answer, and a view needs it.
        """
        asked = [self._asked(row, instance, now) for row, instance in enumerate(instances)]
        if problems := [problem for one in asked for problem in one.problems]:
            raise invalid_instances(sorted(problems))
        items, missing = self._read([one for asks in asked for one in asks.lookups])
        sources = [
            {**one.sources, **{ask.view.name: ask.fill(items, missing) for ask in one.lookups}}
            for one in asked
        ]
        return Completed(sources, missing)

    def _asked(self, row: int, instance: Any, now: datetime) -> _Asked:
        asked = _Asked({}, [], [])
        moment = micros(self._event_time(instance) or now)
        for view in self._views:
            lacking = view.lacking(instance)
            if not lacking:
                asked.sources[view.name] = _SENT
                continue
            try:
                entity = view.entity(instance)
            except _BadKey as bad:
                asked.problems.append((row, bad.field, str(bad)))
                continue
            asked.lookups.append(_Lookup(view, instance, lacking, entity, moment))
        return asked

    def _read(self, lookups: Sequence[_Lookup]) -> tuple[Mapping[ItemKey, str], list[str]]:
        """The items that are needed, and the views that have to do without."""
        keys = dict.fromkeys(key for lookup in lookups for key in lookup.keys)
        if len(keys) > MAX_ITEMS:
            raise InvalidRequest(
                f"the instances need {len(keys)} items of the online store, and up to {MAX_ITEMS} are read for a "
                "request: send fewer instances at a time",
                code="too_many_entities",
            )
        try:
            return self._reader.read(list(keys)) if keys else {}, []
        except ServiceUnavailable:
            views = {lookup.view.name: lookup.view for lookup in lookups if lookup.keys}
            if any(view.on_outage == "fail" for view in views.values()):
                raise
            return {}, sorted(views)


class _Asked(NamedTuple):
    sources: dict[str, FeatureSource]
    lookups: list[_Lookup]
    problems: list[tuple[int, str, str]]


class _BadKey(Exception):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class _View:
    """One lookup of a signature, by the attributes of decoded instances."""

    def __init__(self, lookup: Lookup, attributes: Mapping[str, str], forms: Mapping[str, Column]) -> None:
        self.name, self.on_outage = lookup.view, lookup.on_outage
        self.reader: EntityReader = ViewReader(lookup)
        self._features = [(name, attributes[name]) for name in lookup.features]
        self._read = {name: _instant for name, _ in self._features if type_of(forms[name].type).is_instant}
        self._keys = [(key.name, attrgetter(attributes[key.name]), cell_reader(key)) for key in lookup.entity]

    def lacking(self, instance: Any) -> list[tuple[str, str]]:
        return [feature for feature in self._features if getattr(instance, feature[1]) is UNSET]

    def entity(self, instance: Any) -> list[Any]:
        """The values of the entity; categories are as they were sent until here."""
        values = []
        for name, get, read in self._keys:
            value = get(instance)
            if value is UNSET:
                raise _BadKey(name, f"is missing: send it, or every feature of {self.name}")
            try:
                values.append(read(value) if isinstance(value, str) else value)
            except BadCell as flaw:
                raise _BadKey(name, str(flaw)) from flaw
        return values

    def value(self, values: Mapping[str, Any], name: str) -> Any:
        value = values.get(name)
        read = self._read.get(name)
        return value if read is None or value is None else read(value)


def _instant(value: str | int) -> datetime:
    """An instant of the newest values, or one of windows: microseconds since 1970."""
    return from_iso(value) if isinstance(value, str) else _EPOCH + timedelta(microseconds=value)


class _Lookup:
    """The lookup of one view for one instance."""

    __slots__ = ("_entity", "_instance", "_lacking", "_moment", "keys", "view")

    def __init__(
        self, view: _View, instance: Any, lacking: list[tuple[str, str]], entity: list[Any], moment: int
    ) -> None:
        self.view, self._instance, self._lacking, self._moment = view, instance, lacking, moment
        self._entity = entity
        self.keys = view.reader.keys(entity, moment)

    def fill(self, items: Mapping[ItemKey, str], missing: Sequence[str]) -> FeatureSource:
        if not self.keys:
            reading = _NO_ENTITY
        elif self.view.name in missing:
            reading = _OUTAGE
        else:
            reading = self.view.reader.read([items.get(key) for key in self.keys], self._moment)
        for name, attribute in self._lacking:
            setattr(self._instance, attribute, self.view.value(reading.values, name))
        return self._source(reading)

    def _source(self, reading: Reading) -> FeatureSource:
        lacking = {name for name, _ in self._lacking}
        sent = [name for name in self.view.reader.features if name not in lacking]
        windows = reading.windows or UNSET
        if reading.happened is None:
            return FeatureSource(state=reading.state, windows=windows, sent=sent)
        return FeatureSource(
            state=reading.state,
            happened=reading.happened_at,
            known=reading.known_at,
            age_s=(self._moment - reading.happened) / 1e6,
            source=reading.source or UNSET,
            windows=windows,
            sent=sent,
        )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SENT = FeatureSource(state="sent")
_NO_ENTITY = Reading(state="no entity", values={})
_OUTAGE = Reading(state="outage", values={})
