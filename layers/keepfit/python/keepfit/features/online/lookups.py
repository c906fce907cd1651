"""Lookups of online views: what a signature says of them, and what reads their entities."""

from __future__ import annotations

from collections.abc import Sequence

from keepfit.features.schema.definition import CellForm, DatasetDefinition, FeatureViewDefinition
from keepfit.features.schema.signature import Column, Lookup


def lookup_of(
    name: str,
    view: FeatureViewDefinition,
    dataset: DatasetDefinition,
    *,
    forms: dict[str, CellForm],
    features: Sequence[str],
) -> Lookup:
    """The lookup of some features of a view; ``forms`` say how requests write the keys of its entity."""
    return Lookup(
        view=name,
        entity=[_key(key, forms[key]) for key in view.entity],
        features=list(features),
        delay_s=view.delay.seconds,
        ttl_s=view.ttl.seconds if view.ttl else 0,
        timeless=dataset.event_time is None,
        on_outage=view.on_outage,
    )


def _key(name: str, form: CellForm) -> Column:
    return Column(
        name=name, source="input", **{key: getattr(form, key) for key in CellForm.__struct_fields__}
    )
