"""Lookups of online views: what a signature says of them, and of which windows they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET

from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.signature import Column, Lookup, LookupWindow
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import parameter_of, window_features


def lookup_of(
    name: str,
    view: FeatureViewDefinition,
    dataset: DatasetDefinition,
    *,
    forms: Mapping[str, CellForm],
    features: Sequence[str],
) -> Lookup:
    """The lookup of some features of a view; ``forms`` say how requests write the keys of its entity."""
    windows = [window for window in windows_of(view, dataset) if window.name in features]
    return Lookup(
        view=name,
        entity=[_key(key, forms[key]) for key in view.entity],
        features=list(features),
        delay_s=view.delay.seconds,
        ttl_s=view.ttl.seconds if view.ttl else 0,
        timeless=dataset.event_time is None,
        on_outage=view.on_outage,
        windows=windows or UNSET,
    )


def windows_of(view: FeatureViewDefinition, dataset: DatasetDefinition) -> list[LookupWindow]:
    """All features of a view that are aggregates of windows."""
    return [
        LookupWindow(
            name=name,
            aggregate=feature.aggregate.aggregate,
            window_s=feature.window.seconds,
            of=feature.aggregate.of or None,
            where=combined(view, feature.aggregate.where or None),
            parameter=parameter_of(feature.aggregate, dataset),
        )
        for name, feature in window_features(view).items()
    ]


def combined(view: FeatureViewDefinition, where: str | None) -> str | None:
    """The filter of an aggregate with that of the view's rows, as SQL."""
    filters = [f"({one})" for one in (view.where or None, where) if one]
    return " AND ".join(filters) or None


def _key(name: str, form: CellForm) -> Column:
    return Column(
        name=name, source="input", **{key: getattr(form, key) for key in CellForm.__struct_fields__}
    )
