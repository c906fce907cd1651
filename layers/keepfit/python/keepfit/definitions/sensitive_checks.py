"""Checks of sensitive fields: nothing needs their values in the prediction log."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.definitions.model import Catalogue
from keepfit.definitions.used_features import taken_features
from keepfit.features.schema.view_features import feature_fields


def sensitive_mistakes(catalogue: Catalogue, name: str) -> Iterator[str]:
    """The mistakes of a model, right otherwise, that reads sensitive fields."""
    model = catalogue.model[name]
    spine = catalogue.dataset[model.dataset]
    fields = {field for field in model.inputs if spine.fields[field].sensitive}
    if spine.event_time in fields:
        yield (
            f"[model.{name}] inputs: {spine.event_time!r} is sensitive, and the prediction log needs to know when a "
            "row happened; leave it out of the inputs, or do not call it sensitive"
        )
    if model.outcomes and (joined := sorted(fields.intersection(model.outcomes.join_on))):
        yield (
            f"[model.{name}.outcomes] join_on: {joined[0]!r} is sensitive, and so not in the prediction log that is "
            "joined; join on another field, or let clients report outcomes by prediction id"
        )
    left_out = sorted(fields) or _features(catalogue, name)
    if model.release.shadow and left_out:
        yield (
            f"[model.{name}.release] shadow copies requests from the prediction log, which leaves out what is "
            f"sensitive ({', '.join(left_out)}); leave shadow out"
        )


def _features(catalogue: Catalogue, name: str) -> list[str]:
    """The features that are made of sensitive fields."""
    views = catalogue.feature_view
    return sorted(
        feature.field
        for feature in taken_features(catalogue, catalogue.model[name])
        if feature_fields(views[feature.view], catalogue.dataset[views[feature.view].dataset])[
            feature.field
        ].sensitive
    )
