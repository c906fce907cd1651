"""The definitions as typed values: the schema of `models/*.toml`, and its compiled form.

The compiled form travels with every run.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.evaluation.definition import EvaluationDefinition
from keepfit.evaluation.tasks.wishes import CalibrationKind, DecisionDefinition, Wishes
from keepfit.features.offline.split import Split
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.definition import DatasetDefinition, Described, Field
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.features.schema.view_features import feature_fields
from keepfit.instants import Duration
from keepfit.layout import ModelScope
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.serving.access.quota import Quota
from keepfit.serving.container_definition import ServingDefinition
from keepfit.serving.definition import ReleaseDefinition
from keepfit.serving.graph.compiled import CompiledGraph
from keepfit.serving.graph.definition import GraphDefinition
from keepfit.tasks.spec import BINARY, kind_of
from keepfit.training.definition import CandidateDefinition, RetrainingDefinition, TrainingDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.model_tests.definition import ModelTestDefinition
from keepfit.training.segments_definition import SegmentsDefinition


class ModelDefinition(Described, msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model predicts and from what; clients send its inputs and features."""

    dataset: Annotated[str, Meta(description="the dataset whose rows are to be predicted")]
    label: Annotated[
        str,
        Meta(description="its field that is predicted; null while it is not known"),
    ]
    inputs: Annotated[list[str], Meta(description="its fields that the model sees")]
    task: Annotated[
        str | None,
        Meta(
            description="what is predicted: `binary`, true or false; `multiclass`, one of some classes; "
            "`regression`, a number. Left out, the label's field decides: bool, category, or float and int"
        ),
    ] = None
    features: Annotated[
        list[str],
        Meta(description='more columns: `"view:field"`, or `"view:*"` for all that the view has'),
    ] = []
    lookup: Annotated[
        list[str] | UnsetType,
        Meta(
            description="the views whose features keepfit looks up for a request, by the entity's keys that it sends; "
            "each says `online`. Without it, clients send every feature"
        ),
    ] = UNSET
    derive: Annotated[
        dict[str, str],
        Meta(
            description="columns from row-level SQL over inputs and features: the same values in training and serving"
        ),
    ] = {}
    keep: Annotated[
        Duration | None,
        Meta(
            description="how long requests stay, and the copies of rows that its runs trained on, in whole days; "
            "without it, for good"
        ),
    ] = None
    decision: Annotated[
        DecisionDefinition | None,
        Meta(
            description='where a binary model predicts true: `{ threshold = 0.3 }`, `{ maximize = "f1" }` or '
            "`{ cost = { false_positive = 1, false_negative = 5 } }`; left out, from one half on"
        ),
    ] = None
    calibration: Annotated[
        CalibrationKind | None,
        Meta(
            description="how probabilities are corrected so that they are true odds; left out, as is surely best on "
            "training rows that the model did not see"
        ),
    ] = None
    interval: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None,
        Meta(
            description="the share of actual values that shall lie within the interval that a regression answers with "
            "each value, such as 0.9; left out, there are no intervals",
        ),
    ] = None
    segment_by: Annotated[
        str | None,
        Meta(
            description="an input of type category: each of its values that has rows enough gets a model of its own "
            "where that is surely better, and one model answers all others; left out, one model answers all"
        ),
    ] = None
    segments: Annotated[
        SegmentsDefinition, Meta(description="which segments have a model, and what trains it")
    ] = SegmentsDefinition()
    training: Annotated[TrainingDefinition, Meta(description="which rows train, and what is tried")] = (
        TrainingDefinition()
    )
    gates: Annotated[GatesDefinition, Meta(description="what a challenger must show")] = GatesDefinition()
    evaluation: Annotated[
        EvaluationDefinition, Meta(description="on which parts of the holdout a model is measured too")
    ] = EvaluationDefinition()
    tests: Annotated[
        list[ModelTestDefinition],
        Meta(description="what it must answer whatever it learned; see the gate `model_tests`"),
    ] = []
    release: Annotated[ReleaseDefinition, Meta(description="how a challenger reaches clients")] = (
        ReleaseDefinition()
    )
    serving: Annotated[
        ServingDefinition | UnsetType,
        Meta(description="what answers the requests of clients; without it, Lambda"),
    ] = UNSET
    graph: Annotated[
        GraphDefinition | UnsetType,
        Meta(description="other models, routers, ensembles and functions that answer its requests with it"),
    ] = UNSET
    quota: Annotated[
        Quota | UnsetType,
        Meta(
            description="what each client may ask of the model; without it, as much as its own quota allows"
        ),
    ] = UNSET
    monitoring: Annotated[MonitoringDefinition, Meta(description="how drift is measured")] = (
        MonitoringDefinition()
    )
    outcomes: Annotated[
        OutcomesDefinition | UnsetType,
        Meta(
            description="where what comes true of predictions is told, for `keepfit performance`; `{}` for the "
            "defaults; without it, nowhere"
        ),
    ] = UNSET
    retraining: Annotated[RetrainingDefinition, Meta(description="what starts a training, and how often")] = (
        RetrainingDefinition()
    )


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All definitions of a project, as written."""

    dataset: dict[str, DatasetDefinition] = {}
    feature_view: dict[str, FeatureViewDefinition] = {}
    model: dict[str, ModelDefinition] = {}


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


def encode(value: CompiledModel | CompiledDataset | CompiledDatasets | CompiledViews) -> bytes:
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


def read_duration(kind: type, value: object) -> object:
    """msgspec hook: "30d" becomes a Duration."""
    if kind is Duration and isinstance(value, str):
        return Duration.parse(value)
    raise ValueError(f"expected a duration such as '30d', found {value!r}")


def write_duration(value: object) -> object:
    """msgspec hook: a Duration becomes "30d"."""
    if isinstance(value, Duration):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
