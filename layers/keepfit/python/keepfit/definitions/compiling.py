"""Compiles `models/*.toml`: checks every reference, and resolves each model and dataset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from msgspec import UNSET

from keepfit.definitions import files as definition_files
from keepfit.definitions.channel_checks import channel_mistakes
from keepfit.definitions.compiled import Compiled
from keepfit.definitions.compiled_model import CompiledDataset, CompiledModel, DerivedColumn
from keepfit.definitions.contract_checks import contract_mistakes
from keepfit.definitions.elapsed_days import elapsed
from keepfit.definitions.engine_checks import spark_texts
from keepfit.definitions.files import DefinitionFiles, Table
from keepfit.definitions.graph_checks import compiled_graph, graph_mistakes, graph_models
from keepfit.definitions.lookup_checks import online_mistakes
from keepfit.definitions.mistakes import InvalidDefinitions, Mistake, in_order, refuse_first
from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.definitions.model_checks import column_types, model_mistakes
from keepfit.definitions.model_test_checks import filters_of
from keepfit.definitions.outcome_datasets import (
    compiled_outcomes,
    outcome_datasets_of,
    with_outcome_datasets,
)
from keepfit.definitions.own_extractors import refuse_many
from keepfit.definitions.policy_checks import policy_mistakes
from keepfit.definitions.reference_checks import (
    dataset_mistakes,
    listed,
    no_dataset,
)
from keepfit.definitions.tasks import with_task
from keepfit.definitions.used_features import filters_by_view, taken_features, types_of
from keepfit.definitions.view_checks import filters_of as filters_of_view
from keepfit.definitions.view_checks import view_mistakes
from keepfit.definitions.view_versions import views_of
from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.monitoring.notices.channel_definition import Channels

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The valid definitions of a folder, and every mistake in the others."""

    compiled: Compiled
    files: DefinitionFiles
    mistakes: list[Mistake]


def load(folder: Path) -> Catalogue:
    """Loads all files of ``folder`` as one catalogue, without checking references.

    Raises:
        InvalidDefinition: a file that is not TOML, an unknown or mistyped key, a name defined twice.
    """
    return with_outcome_datasets(definition_files.read(folder).catalogue)


def compile_all(folder: Path) -> Compiled:
    """Compiles every definition in the files of ``folder``.

    Raises:
        InvalidDefinitions: says all that is wrong, with which key of which table of which file.
        InvalidDefinition: extractors that have too many bytes together.
    """
    examined = examine(folder)
    if examined.mistakes:
        raise InvalidDefinitions(examined.mistakes)
    refuse_many(folder, (dataset.definition for dataset in examined.compiled.datasets.values()))
    return examined.compiled


def examine(folder: Path) -> Examined:
    """Compiles the valid definitions of ``folder`` and lists the mistakes in the others.

    What is wrong is told once, where it is: what names a table that is wrong by itself is not blamed for it.
    """
    files = definition_files.examine(folder)
    catalogue, wrong = with_outcome_datasets(files.catalogue), set(files.broken)
    mistakes = list(files.mistakes)

    def take(kind: str, name: str, messages: Iterator[str]) -> None:
        in_table = [files.mistake((kind, name), message) for message in messages]
        mistakes.extend(in_table)
        if in_table or (kind, name) in files.partial:
            wrong.add((kind, name))

    def of(kind: str) -> frozenset[str]:
        return frozenset(name for each, name in wrong if each == kind)

    for name in sorted(files.catalogue.dataset):
        take("dataset", name, _of_dataset(catalogue, name))
    for name, view in sorted(catalogue.feature_view.items()):
        mistaken = view_mistakes(catalogue, name, of("dataset"))
        take("feature_view", name, chain(mistaken, online_mistakes(catalogue, name)))
        if view.dataset in of("dataset"):
            wrong.add(("feature_view", name))
    for name in sorted(catalogue.model):
        parts = files.partial.get(("model", name), _NONE)
        in_model = model_mistakes(catalogue, name, parts, of("dataset"), of("feature_view"))
        take("model", name, in_model)
    for name, fragment in sorted(files.fragments.items()):
        take("model", name, policy_mistakes(name, fragment, files.partial.get(("model", name), _NONE)))
    for name in _sound_models(catalogue, wrong):
        take("model", name, graph_mistakes(catalogue, name))
    mistakes += _of_channels(files, catalogue, wrong)
    right = {kind: sorted(getattr(catalogue, kind).keys() - of(kind)) for kind in Catalogue.__struct_fields__}
    compiled = Compiled(
        datasets={name: compile_dataset(catalogue, name) for name in right["dataset"]},
        views={name: catalogue.feature_view[name] for name in right["feature_view"]},
        models={name: compile_model(catalogue, name) for name in _sound_models(catalogue, wrong)},
        channels=Channels(channels={name: catalogue.channel[name] for name in right["channel"]}),
        sources=files.sources,
        filters={
            name: filters_of_view(view, catalogue.dataset[view.dataset])
            for name, view in catalogue.feature_view.items()
            if name in right["feature_view"]
        },
    )
    return Examined(compiled=compiled, files=files, mistakes=in_order(dict.fromkeys(mistakes)))


def _of_channels(files: DefinitionFiles, catalogue: Catalogue, wrong: set[Table]) -> list[Mistake]:
    """The mistakes in channels, whose names join ``wrong``."""
    broken = frozenset(name for kind, name in wrong if kind == "model")
    found = [
        (name, message)
        for name in sorted(catalogue.channel)
        for message in channel_mistakes(catalogue, name, broken)
    ]
    wrong.update(("channel", name) for name, _ in found)
    wrong.update(table for table in files.partial if table[0] == "channel")
    return [files.mistake(("channel", name), message) for name, message in found]


def _sound_models(catalogue: Catalogue, wrong: set[Table]) -> list[str]:
    """The models that are right, and so is all that they and the nodes of their graphs read."""

    def reads(name: str) -> Iterator[Table]:
        yield "model", name
        if (model := catalogue.model.get(name)) is not None:
            yield "dataset", model.dataset
            yield from (("dataset", each) for each in outcome_datasets_of(catalogue, name))
            yield from (("feature_view", view) for view in views_of(catalogue.feature_view, model.features))

    return [
        name
        for name, model in sorted(catalogue.model.items())
        if not any(wrong.intersection(reads(each)) for each in (name, *graph_models(model)))
    ]


def compile_dataset(catalogue: Catalogue, name: str) -> CompiledDataset:
    """Compiles a dataset. Raises InvalidDefinition where its references or fields are wrong."""
    dataset = catalogue.dataset.get(name)
    if dataset is None:
        raise InvalidDefinition(no_dataset(catalogue, name))
    refuse_first(_of_dataset(catalogue, name))
    labels = {model.label for model in catalogue.model.values() if model.dataset == name}
    return CompiledDataset(name=name, definition=dataset, labels=sorted(labels & {*dataset.fields}))


def _of_dataset(catalogue: Catalogue, name: str) -> Iterator[str]:
    dataset = catalogue.dataset[name]
    yield from dataset_mistakes(name, dataset)
    yield from contract_mistakes(name, dataset, catalogue.dataset)


def check_view(catalogue: Catalogue, name: str) -> FeatureViewDefinition:
    """Checks a view, its dataset and its fields.

    Raises:
        InvalidDefinition: says which key is wrong and what it could be.
    """
    view = catalogue.feature_view[name]
    if view.dataset in catalogue.dataset:
        compile_dataset(catalogue, view.dataset)
    refuse_first(chain(view_mistakes(catalogue, name), online_mistakes(catalogue, name)))
    return view


def compile_model(catalogue: Catalogue, name: str) -> CompiledModel:
    """Compiles a model with its datasets, views and derived columns; checks every reference.

    Raises:
        InvalidDefinition: says which key of which table is wrong and what it could be.
    """
    model = catalogue.model.get(name)
    if model is None:
        raise InvalidDefinition(f"there is no [model.{name}]; the models are {listed(catalogue.model)}")
    if model.dataset in catalogue.dataset:
        compile_dataset(catalogue, model.dataset)
    for view in views_of(catalogue.feature_view, model.features):
        if view in catalogue.feature_view:
            check_view(catalogue, view)
    refuse_first(model_mistakes(catalogue, name))
    for other in graph_models(model):
        if other in catalogue.model:
            refuse_first(model_mistakes(catalogue, other))
    refuse_first(graph_mistakes(catalogue, name))
    spine, features = catalogue.dataset[model.dataset], taken_features(catalogue, model)
    views = {feature.view: catalogue.feature_view[feature.view] for feature in features}
    used = {model.dataset, *(view.dataset for view in views.values())}
    types = column_types(model, spine, types_of(catalogue, features))
    filters = filters_by_view(catalogue, views)
    return CompiledModel(
        name=name,
        definition=with_task(model, spine.fields[model.label].type),
        datasets={dataset: catalogue.dataset[dataset] for dataset in sorted(used)},
        views=views,
        features=features,
        derived=_all_derived(model, types, spine.event_time),
        filters={sql: compile_expression(sql, types)[0] for sql in filters_of(model)},
        view_filters=filters or UNSET,
        spark=spark_texts(views.values(), catalogue.dataset, filters)
        if model.training.may_use_spark
        else UNSET,
        outcomes=compiled_outcomes(catalogue, name) if model.outcomes is not UNSET else UNSET,
        graph=compiled_graph(catalogue, name),
    )


def _all_derived(
    model: ModelDefinition, types: dict[str, FieldType], event_time: str | None
) -> dict[str, DerivedColumn]:
    own = {column: _derived(sql, types) for column, sql in model.derive.items()}
    trees = {column: derived.expression for column, derived in own.items()}
    days = elapsed(types, event_time=event_time, derived=trees)
    return {**own, **{column: _derived(sql, types, by_default=True) for column, sql in days.items()}}


def _derived(sql: str, types: dict[str, FieldType], *, by_default: bool = False) -> DerivedColumn:
    expression, kind = compile_expression(sql, types)
    return DerivedColumn(sql=sql, expression=expression, type=kind, by_default=by_default)
