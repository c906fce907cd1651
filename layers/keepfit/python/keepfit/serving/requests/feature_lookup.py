"""Looks up the features that instances leave out, by their entities, in one read per request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from keepfit.errors import InvalidRequest, ServiceUnavailable
from keepfit.features.online.ports import ItemKey, OnlineReader
from keepfit.features.online.readings import ItemsRead
from keepfit.features.online.revisions import micros
from keepfit.features.schema.signature import Signature
from keepfit.serving.inference.instances import InstanceDecoder, invalid_instances
from keepfit.serving.requests.feature_questions import (
    SENT,
    Asked,
    BadKey,
    FeatureFill,
    FeatureSource,
    LookedUpView,
    Question,
)

MAX_ITEMS: Final = 1000
"""That a request may need: ten reads of a hundred."""
FEATURES_MISSING: Final = "keepfit-features-missing"
"""The header that names the views that an outage left out."""


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
        self._views = [LookedUpView(lookup, attributes, forms) for lookup in signature.lookups or ()]
        self._event_time, self._reader = event_time, reader

    def complete(self, instances: Sequence[Any], *, now: datetime) -> Completed:
        """Sets what ``instances`` leave out, as of when each happens, or else ``now``.

        Raises:
            InvalidRequest: a key is missing or of another type, or there are too many entities.
            ServiceUnavailable: the store does not answer, and a view needs it.
        """
        asked = Asked()
        sources = [self._asked(asked, row, instance, now) for row, instance in enumerate(instances)]
        if asked.problems:
            raise invalid_instances(sorted(asked.problems))
        items, missing = self._read(asked.questions.values())
        at = micros(now)
        for question in asked.questions.values():
            question.answer(items, missing, at)
        for told, lookup in asked.lookups:
            told[lookup.question.view.name] = lookup.fill()
        return Completed(sources, missing)

    def _asked(self, asked: Asked, row: int, instance: Any, now: datetime) -> dict[str, FeatureSource]:
        """Adds what an instance lacks to what is ``asked``; the sources of what it does not lack."""
        sources: dict[str, FeatureSource] = {}
        moment = micros(self._event_time(instance) or now)
        for view in self._views:
            sources[view.name] = SENT
            lacking = view.lacking(instance)
            if lacking:
                try:
                    question = asked.question(view, view.entity(instance), moment)
                except BadKey as bad:
                    asked.problems.append((row, bad.field, str(bad)))
                else:
                    asked.lookups.append((sources, FeatureFill(question, instance, lacking)))
        return sources

    def _read(self, questions: Iterable[Question]) -> tuple[Mapping[str, ItemsRead], list[str]]:
        """The items that are needed, by the partitions of entities, and the views that have to do without."""
        wanted: dict[str, dict[str, None]] = {}
        for question in questions:
            if question.partition is not None:
                wanted.setdefault(question.partition, {}).update(dict.fromkeys(question.items))
                wanted.setdefault(question.view.scope.whole, question.view.shared)
        keys = [ItemKey(partition, name) for partition, names in wanted.items() for name in names]
        if len(keys) > MAX_ITEMS:
            raise InvalidRequest(
                f"the instances need {len(keys)} items of the online store, and up to {MAX_ITEMS} are read for a "
                "request: send fewer instances at a time",
                code="too_many_entities",
            )
        try:
            found = self._reader.read(keys) if keys else {}
        except ServiceUnavailable:
            views = {question.view.name: question.view for question in questions if question.items}
            if any(view.on_outage == "fail" for view in views.values()):
                raise
            return {}, sorted(views)
        bodies: dict[str, dict[str, str]] = {}
        for (partition, name), body in found.items():
            bodies.setdefault(partition, {})[name] = body
        return {partition: ItemsRead(some) for partition, some in bodies.items()}, []
