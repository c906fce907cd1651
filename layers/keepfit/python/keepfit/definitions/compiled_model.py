"""The compiled form of definitions: one model, dataset or project with all that it depends on.

It travels with every run.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from keepfit.definitions.model import ModelDefinition, read_duration, write_duration
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.features.offline.split_plan import Split
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import feature_fields
from keepfit.layout import ModelScope
from keepfit.monitoring.notices.channel_definition import Channels
from keepfit.serving.container_definition import ServingDefinition
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.tasks.spec import BINARY, kind_of
from keepfit.training.definition import CandidateDefinition, TrainingDefinition


class DerivedColumn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row-level expression, as the SQL of training and as an expression tree for serving.

    ``by_default`` is it where no definition asks for it; what it reads says for itself what it says without it.
    """

    sql: str
    expression: list[Any]
    type: FieldType
    by_default: bool = False


class ViewFeature(msgspec.Struct, frozen=True, kw_only=True):
    """A feature that a model takes from a view; in rows and requests it has the field's name."""

    view: str
    field: str


class CompiledOutcomes(msgspec.Struct, frozen=True, kw_only=True):
    """Where the outcomes of a model's predictions are: a ``field`` of a dataset, found by ``join_on``.

    Those are fields of the dataset, and columns of requests or the prediction id.
    """

    dataset: str
    definition: DatasetDefinition
    field: str
    join_on: list[str]


class CompiledModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model with all definitions that it depends on.

    ``filters`` are the trees of the filters of its tests, by their SQL; ``view_filters`` those of its views and their
    aggregates, view by view, UNSET where none has one. ``spark`` is the SQL of its views in Spark's dialect, by
    DuckDB's, UNSET where Spark joins nothing. ``graph`` is UNSET where it answers alone.
    """

    name: str
    definition: ModelDefinition
    datasets: dict[str, DatasetDefinition]
    views: dict[str, FeatureViewDefinition]
    features: list[ViewFeature]
    derived: dict[str, DerivedColumn]
    filters: dict[str, list[Any]] = {}
    view_filters: dict[str, dict[str, list[Any]]] | UnsetType = UNSET
    spark: dict[str, str] | UnsetType = UNSET
    outcomes: CompiledOutcomes | UnsetType = UNSET
    graph: CompiledGraph | UnsetType = UNSET

    @property
    def feature_fields(self) -> dict[str, Field]:
        """What each feature holds, and how clients write it, by its name."""
        fields = {
            name: feature_fields(view, self.datasets[view.dataset]) for name, view in self.views.items()
        }
        return {feature.field: fields[feature.view][feature.field] for feature in self.features}

    @property
    def outcomes_taken(self) -> str | None:
        """The dataset of outcomes that clients report by prediction id; None where they do not."""
        defined = self.definition.outcomes
        return None if defined is UNSET or defined.join_on else ModelScope(self.name).outcomes

    @property
    def candidates(self) -> dict[str, CandidateDefinition]:
        """What is tried, by the candidates' names."""
        return self.definition.training.candidates or {}

    @property
    def wishes(self) -> Wishes:
        """What candidates' answers are settled by."""
        definition = self.definition
        return Wishes(
            decision=definition.decision,
            calibration=definition.calibration,
            interval=definition.interval,
        )

    @property
    def task(self) -> str:
        """What is predicted; definitions of before there was more than one task may call it otherwise."""
        return kind_of(self.definition.task or BINARY.kind)

    @property
    def spine(self) -> DatasetDefinition:
        """The dataset whose rows are predicted."""
        return self.datasets[self.definition.dataset]

    @property
    def serving(self) -> ServingDefinition:
        """What answers the requests of clients."""
        defined = self.definition.serving
        return ServingDefinition() if defined is UNSET else defined

    @property
    def split(self) -> Split:
        """By what its rows are parted, where the definition leaves it open too."""
        return split_of(self.definition.training, self.spine)


def sent_fields(compiled: CompiledModel) -> list[Field]:
    """The fields that clients send."""
    inputs = [compiled.spine.fields[name] for name in compiled.definition.inputs]
    return [*inputs, *compiled.feature_fields.values()]


def split_of(training: TrainingDefinition, spine: DatasetDefinition) -> Split:
    """The split: by time where rows have one, unless the definition says otherwise."""
    if training.split is None:
        return Split("time" if spine.event_time else "random")
    return Split.parse(training.split)


class CompiledDataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset with its name and the fields that models predict, as ingest needs it."""

    name: str
    definition: DatasetDefinition
    labels: list[str] = []


class CompiledDatasets(msgspec.Struct, frozen=True, kw_only=True):
    """Every dataset by its name, as ingest needs them."""

    datasets: dict[str, CompiledDataset]


class CompiledViews(msgspec.Struct, frozen=True, kw_only=True):
    """The views that are online by their names, and their datasets, as materialisation needs them.

    ``filters`` are the trees of the filters of each view and its aggregates, by their SQL.
    """

    views: dict[str, FeatureViewDefinition]
    datasets: dict[str, DatasetDefinition]
    filters: dict[str, dict[str, list[Any]]] = {}


def encode(value: CompiledModel | CompiledDataset | CompiledDatasets | CompiledViews | Channels) -> bytes:
    """Canonical JSON: the same value is always the same bytes."""
    return msgspec.json.encode(value, enc_hook=write_duration, order="deterministic")


def decode_model(data: bytes) -> CompiledModel:
    """The inverse of ``encode``."""
    return msgspec.json.decode(data, type=CompiledModel, dec_hook=read_duration)


def decode_datasets(data: bytes) -> CompiledDatasets:
    """The inverse of ``encode``."""
    return msgspec.json.decode(data, type=CompiledDatasets, dec_hook=read_duration)


def decode_views(data: bytes) -> CompiledViews:
    """The inverse of ``encode``."""
    return msgspec.json.decode(data, type=CompiledViews, dec_hook=read_duration)


def digest(value: CompiledModel | CompiledDataset) -> str:
    """The SHA-256 digest of the canonical JSON, in hex; equal for equal definitions."""
    return hashlib.sha256(encode(value)).hexdigest()
