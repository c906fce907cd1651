"""Questions of a request to the online store: entity, view and moment, and where answers go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.features.online.entities import entity_key
from keepfit.features.online.readings import EntityReader, ItemsRead, Reading
from keepfit.features.online.view_reader import ViewReader
from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.signature import Column, Lookup
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.instants import from_iso
from keepfit.layout import ViewScope


class FeatureSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where the features of a view came from, for one instance; a part of the prediction log.

    ``state`` is "found", "expired" (older than the ttl, so missing), "absent" (nothing is known of the entity),
    "no entity" (a key was null), "outage", or "sent" (the client sent every feature). ``source`` begins the SHA-256 of
    the upload. ``windows`` is the state of the tiles: "found", "crowded", "redefined" or "too early". ``sent`` are
    features that the client sent in place of those found.
    """

    state: str
    happened: str | UnsetType = UNSET
    known: str | UnsetType = UNSET
    age_s: float | UnsetType = UNSET
    source: str | UnsetType = UNSET
    windows: str | UnsetType = UNSET
    sent: list[str] = []


SENT = FeatureSource(state="sent")


class Asked:
    """What the instances of a request ask for: the same question once."""

    __slots__ = ("lookups", "problems", "questions")

    def __init__(self) -> None:
        self.questions: dict[tuple[str, str | None, int], Question] = {}
        self.lookups: list[tuple[dict[str, FeatureSource], FeatureFill]] = []
        self.problems: list[tuple[int, str, str]] = []

    def question(self, view: LookedUpView, entity: str | None, moment: int) -> Question:
        """The question for the features of an entity as of a moment, one for all who ask it."""
        asked = view.name, entity, moment
        if asked not in self.questions:
            self.questions[asked] = Question(view, entity, moment)
        return self.questions[asked]


class BadKey(Exception):
    """A key of an entity that is missing or of another type; the message says what it is."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class LookedUpView:
    """One lookup of a signature, by the attributes of decoded instances."""

    def __init__(self, lookup: Lookup, attributes: Mapping[str, str], forms: Mapping[str, Column]) -> None:
        self.name, self.on_outage = lookup.view, lookup.on_outage
        self.scope = ViewScope(lookup.view)
        self.reader: EntityReader = ViewReader(lookup)
        self.shared = dict.fromkeys(self.reader.shared)
        self._features = [(name, attributes[name]) for name in lookup.features]
        self.instants = {name for name, _ in self._features if type_of(forms[name].type).is_instant}
        self._keys = [(key.name, attrgetter(attributes[key.name]), cell_reader(key)) for key in lookup.entity]

    def lacking(self, instance: Any) -> list[tuple[str, str]]:
        return [feature for feature in self._features if getattr(instance, feature[1]) is UNSET]

    def entity(self, instance: Any) -> str | None:
        """The key of the entity, None where a part of it is null; categories are as they were sent until here."""
        values = []
        for name, get, read in self._keys:
            value = get(instance)
            if value is UNSET:
                raise BadKey(name, f"is missing: send it, or every feature of {self.name}")
            try:
                values.append(read(value) if isinstance(value, str) else value)
            except BadCell as flaw:
                raise BadKey(name, str(flaw)) from flaw
        return entity_key(values)

    def value(self, values: Mapping[str, Any], name: str) -> Any:
        """A feature as a decoded instance has it."""
        value = values.get(name)
        return _instant(value) if name in self.instants and value is not None else value


def _instant(value: str | int) -> datetime:
    """An instant of the newest values, or one of windows: microseconds since 1970."""
    return from_iso(value) if isinstance(value, str) else _EPOCH + timedelta(microseconds=value)


class Question:
    """A view's features of one entity as of one moment."""

    __slots__ = ("_moment", "items", "partition", "reading", "view")

    def __init__(self, view: LookedUpView, entity: str | None, moment: int) -> None:
        self.view, self._moment = view, moment
        self.partition = None if entity is None else view.scope.entity(entity)
        self.items = () if entity is None else view.reader.items(moment)
        self.reading = _NO_ENTITY

    def answer(self, items: Mapping[str, ItemsRead], missing: Sequence[str], now: int) -> None:
        """Sets the reading, of the items that were read ``now``."""
        if self.partition is None:
            return
        if self.view.name in missing:
            self.reading = _OUTAGE
        else:
            own, shared = (items.get(key, _NOTHING) for key in (self.partition, self.view.scope.whole))
            self.reading = self.view.reader.read(own, shared, self._moment, now)

    def source(self, sent: list[str]) -> FeatureSource:
        """Where the features come from, but those that were ``sent``."""
        reading = self.reading
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


class FeatureFill(NamedTuple):
    """What an instance lacks, names and attributes, and the question that has it."""

    question: Question
    instance: Any
    lacking: list[tuple[str, str]]

    def fill(self) -> FeatureSource:
        view, values = self.question.view, self.question.reading.values
        value = view.value if view.instants else _value
        for name, attribute in self.lacking:
            setattr(self.instance, attribute, value(values, name))
        if len(self.lacking) == len(view.reader.features):
            return self.question.source([])
        lacking = {name for name, _ in self.lacking}
        return self.question.source([name for name in view.reader.features if name not in lacking])


def _value(values: Mapping[str, Any], name: str) -> Any:
    return values.get(name)


_NOTHING = ItemsRead({})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_ENTITY = Reading(state="no entity", values={})
_OUTAGE = Reading(state="outage", values={})
