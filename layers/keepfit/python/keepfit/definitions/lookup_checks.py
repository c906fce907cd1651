"""Lookup checks: what a model looks up is online, and a request can name its entity."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import Catalogue, ModelDefinition


def online_mistakes(catalogue: Catalogue, name: str) -> Iterator[str]:
    """The mistakes in the ``online`` of a view whose dataset is right."""
    view = catalogue.feature_view[name]
    dataset = catalogue.dataset.get(view.dataset)
    if view.online and view.aggregated and dataset is not None and dataset.key:
        yield (
            f"[feature_view.{name}] online: a correction would have to leave the windows that its row was counted in, "
            f"and [dataset.{view.dataset}] has a key, by which rows are corrected; leave out the key, or online"
        )


def lookup_mistakes(catalogue: Catalogue, name: str, model: ModelDefinition) -> Iterator[str]:
    """The mistakes in the ``lookup`` of a model whose features are right."""
    if model.lookup is UNSET:
        return
    where = f"[model.{name}] lookup:"
    used = list(dict.fromkeys(reference.partition(":")[0] for reference in model.features))
    if not model.lookup or len(set(model.lookup)) < len(model.lookup):
        yield f"{where} name at least one view, and each only once; or leave it out"
    for view_name in model.lookup:
        if view_name not in used:
            yield f"{where} {view_name!r} is no view whose features the model takes; {alike(view_name, used)}"
            continue
        view = catalogue.feature_view[view_name]
        if not view.online:
            yield f"{where} {view_name!r} is not online: write online = true in [feature_view.{view_name}]"
        yield from _unknowable(f"{where} {view_name!r}", catalogue, model, view.entity)


def _unknowable(where: str, catalogue: Catalogue, model: ModelDefinition, entity: list[str]) -> Iterator[str]:
    spine = catalogue.dataset[model.dataset]
    for key in entity:
        if key == model.label:
            yield f"{where} has the label {key!r} in its entity, which no request can send"
        elif key == spine.known_at and key != spine.event_time:
            yield f"{where} has the known_at {key!r} in its entity, which no request can know yet"
