"""The definitions as typed values: the schema of `models/*.toml`, and its compiled form.

The compiled form travels with every run.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.evaluation.definition import EvaluationDefinition
from keepfit.evaluation.tasks.answer_definition import CalibrationKind, DecisionDefinition
from keepfit.features.schema.definition import DatasetDefinition, Described
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.instants import Duration
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.notices.channel_definition import ChannelDefinition
from keepfit.monitoring.outcomes.definition import OutcomesDefinition
from keepfit.serving.access.quota import Quota
from keepfit.serving.container_definition import ServingDefinition
from keepfit.serving.graph.definition import GraphDefinition
from keepfit.serving.release_definition import ReleaseDefinition
from keepfit.training.definition import RetrainingDefinition, TrainingDefinition
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
    channel: dict[str, ChannelDefinition] = {}


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
