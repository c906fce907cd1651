"""Reference checks: every field, view and column that a definition names exists with its type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import UNSET

from keepfit.definitions.mistakes import alike, shortened
from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.definitions.retention_checks import keep_mistakes
from keepfit.definitions.tasks import task_mistakes
from keepfit.definitions.view_versions import view_and_field, views_of
from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.io.columns import plain
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.nested import column_of, is_nested, path_mistakes
from keepfit.features.schema.registry import MODULES
from keepfit.features.schema.spelling import SPELLING
from keepfit.features.schema.types.base import type_of
from keepfit.features.schema.view_features import feature_names

_FORM_KEYS = ("min", "max", *SPELLING)


def dataset_mistakes(name: str, dataset: DatasetDefinition) -> Iterator[str]:
    """The mistakes within a dataset."""
    yield from column_mistakes(f"[dataset.{name}.fields]", dataset.fields)
    for column, field in dataset.fields.items():
        yield from _form_mistakes(f"[dataset.{name}.fields] {column}", field)
        yield from (f"[dataset.{name}.fields] {column}: {mistake}" for mistake in path_mistakes(field))
    yield from _header_mistakes(name, dataset)
    if dataset.known_at and not dataset.event_time:
        yield (
            f"[dataset.{name}] known_at needs an event_time beside it: when a row happened, or the same field where "
            "only one time is recorded"
        )
    for role, wanted in (("event_time", dataset.event_time), ("known_at", dataset.known_at)):
        if wanted is None:
            continue
        declared = dataset.fields.get(wanted)
        if declared is None or not type_of(declared.type).is_instant:
            times = [column for column, field in dataset.fields.items() if type_of(field.type).is_instant]
            yield f"[dataset.{name}] {role} = {wanted!r} must name a field of type timestamp; {alike(wanted, times)}"
    yield from _key_mistakes(name, dataset)
    yield from keep_mistakes(f"[dataset.{name}]", dataset.keep)


def _key_mistakes(name: str, dataset: DatasetDefinition) -> Iterator[str]:
    where = f"[dataset.{name}] key:"
    for field in dataset.key:
        if field not in dataset.fields:
            yield (f"{where} {field!r} is not one of its fields; {alike(field, dataset.fields)}")
        elif dataset.fields[field].nullable:
            yield f"{where} {field!r} is nullable, and what is missing names no row"
    if len(set(dataset.key)) < len(dataset.key):
        yield f"{where} name each field only once"


def column_mistakes(table: str, names: Iterable[str]) -> Iterator[str]:
    """The mistakes in the names of the columns of ``table``."""
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip():
            yield f"{table} {name!r} needs a name"
        if name.startswith("_"):
            yield (f"{table} {name!r} needs another name: _ begins the columns that keepfit adds to each row")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            yield (f"{table} {other!r} and {name!r} differ only in case, which SQL ignores; rename one")


def _form_mistakes(where: str, field: Field) -> Iterator[str]:
    """What a field declares that its type does not have, or what does not fit together."""
    kind = type_of(field.type)
    declared = {key for key in _FORM_KEYS if getattr(field, key) not in (None, UNSET)}
    for key in sorted(declared - kind.keys):
        others = [name for name in MODULES if key in type_of(name).keys]
        yield f"{where}: {key} is for {' and '.join(others)}, and this is a {field.type}"
    yield from (f"{where}: {mistake}" for mistake in kind.mistakes(field))


def _header_mistakes(name: str, dataset: DatasetDefinition) -> Iterator[str]:
    seen: dict[str, str] = {}
    for field, declared in dataset.fields.items():
        if any(path_mistakes(declared)):
            continue
        other = seen.setdefault(plain(column_of(field, declared)), field)
        if other != field and not (is_nested(declared) and is_nested(dataset.fields[other])):
            yield f"[dataset.{name}.fields] {other} and {field} read the same column; name another with the key column"


def label_and_input_mistakes(name: str, model: ModelDefinition, spine: DatasetDefinition) -> Iterator[str]:
    """The mistakes in a model's references to the dataset whose rows it predicts."""
    table = f"[model.{name}]"
    for key, fields in (("label", [model.label]), ("inputs", model.inputs)):
        for field in fields:
            if field not in spine.fields:
                yield (
                    f"{table} {key}: {field!r} is not a field of [dataset.{model.dataset}]; "
                    f"{alike(field, spine.fields)}"
                )
    if not model.inputs or len(set(model.inputs)) < len(model.inputs):
        yield f"{table} inputs: name at least one field, and each only once"
    if model.label in model.inputs:
        yield (f"{table} inputs hold the label {model.label!r}: a model may not see its answer")
    if spine.known_at in model.inputs and spine.known_at != spine.event_time:
        yield (
            f"{table} inputs hold {spine.known_at!r}, the known_at of [dataset.{model.dataset}]: who asks for a "
            "prediction cannot know it yet"
        )
    if model.label in spine.fields:
        yield from task_mistakes(table, model, spine.fields[model.label].type)


def _entity_mistakes(catalogue: Catalogue, view_name: str, spine_name: str) -> Iterator[str]:
    """Mistakes in the entity's fields, which exist on both sides with one type."""
    view = catalogue.feature_view[view_name]
    theirs, ours = catalogue.dataset[view.dataset].fields, catalogue.dataset[spine_name].fields
    for field in view.entity:
        where = f"[feature_view.{view_name}] entity {field!r}"
        if field not in ours:
            yield (
                f"{where} is not a field of the model's dataset, [dataset.{spine_name}]; {alike(field, ours)}"
            )
        elif field in theirs and theirs[field].type != ours[field].type:
            yield (
                f"{where} is of type {theirs[field].type} in [dataset.{view.dataset}] and {ours[field].type} in "
                f"[dataset.{spine_name}]; give it one type"
            )


def learning_mistakes(name: str, model: ModelDefinition, types: Mapping[str, FieldType]) -> Iterator[str]:
    """The mistakes in the columns that a model learns from and in those its monitor ignores."""
    monitored = [column for column, kind in types.items() if type_of(kind).profile]
    for column in model.monitoring.ignore:
        if column not in monitored:
            yield (
                f"[model.{name}.monitoring] ignore: {column!r} is not an input or feature that is monitored; "
                f"{alike(column, monitored)}"
            )


def feature_mistakes(catalogue: Catalogue, name: str, broken: frozenset[str]) -> Iterator[str]:
    """The mistakes in a model's features, without those of views in ``broken``."""
    model = catalogue.model[name]
    spine, where = catalogue.dataset[model.dataset], f"[model.{name}] features:"
    taken = {field.casefold() for field in spine.fields}
    for view_name in views_of(catalogue.feature_view, model.features):
        if view_name in catalogue.feature_view and view_name not in broken:
            yield from _entity_mistakes(catalogue, view_name, model.dataset)
    for reference in model.features:
        view_name, field = view_and_field(catalogue.feature_view, reference)
        if view_name in broken:
            continue
        if view_name not in catalogue.feature_view or not field:
            yield (
                f"{where} {reference!r} is not 'view:feature', 'view@2:feature' or 'view:*'; "
                f"the views are {listed(catalogue.feature_view)}"
            )
            continue
        for chosen in taken_from(catalogue, view_name, field):
            if chosen not in (known := feature_names(catalogue.feature_view[view_name])):
                yield f"{where} {chosen!r} is not in {view_name}; {alike(chosen, known)}"
            elif chosen.casefold() in taken:
                yield (
                    f"{where} {chosen!r} is a field of [dataset.{model.dataset}] too, or is named twice; "
                    f"rename one of them, or name the others of {view_name} one by one"
                )
            taken.add(chosen.casefold())


def derived_mistakes(
    name: str, model: ModelDefinition, types: dict[str, FieldType], taken: Iterable[str]
) -> Iterator[str]:
    """The mistakes in the derived columns of a model whose inputs and features have ``types``."""
    names = {column.casefold() for column in taken}
    for column, sql in model.derive.items():
        if column.casefold() in names:
            yield (
                f"[model.{name}.derive] {column!r} is already an input or a feature, or a field of the model's "
                "dataset; rename it"
            )
            continue
        try:
            compile_expression(sql, types)
        except InvalidDefinition as error:
            yield f"[model.{name}.derive] {column} = {shortened(sql)!r}: {error}"


def taken_from(catalogue: Catalogue, view: str, field: str) -> list[str]:
    """The features that a reference `view:field` or `view:*` selects from a view."""
    return feature_names(catalogue.feature_view[view]) if field == "*" else [field]


def no_dataset(catalogue: Catalogue, name: str) -> str:
    """The message that a dataset does not exist, with those that do."""
    return f"there is no [dataset.{name}]; the datasets are {listed(catalogue.dataset)}"


def listed(entries: Mapping[str, Any]) -> str:
    """Names in order, for a message."""
    return ", ".join(sorted(entries)) or "none"
