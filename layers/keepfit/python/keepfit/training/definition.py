"""How a model is declared to be trained, judged and retrained."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from keepfit.instants import Duration
from keepfit.training.recipes.registry import Algorithm

TriggerKind = Literal["first_upload", "upload", "alarm", "schedule"]


Parameter = float | int | str | bool | dict[str, float] | None


class CandidateDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One algorithm with its parameters (scikit-learn names).

    A table is the weights of the labels: ``class_weight = { true = 5, false = 1 }``.
    """

    algorithm: Algorithm
    parameters: dict[str, Parameter] = {}


def _default_candidates() -> dict[str, CandidateDefinition]:
    return {
        "logistic": CandidateDefinition(algorithm="logistic_regression"),
        "boosting": CandidateDefinition(algorithm="hist_gradient_boosting"),
        "forest": CandidateDefinition(algorithm="random_forest"),
    }


class TrainingDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows train, which judge, and what is tried.

    ``window`` reaches back from the newest labelled event; the newest ``holdout`` of it judges and never trains.
    Of more than ``max_rows`` rows before the holdout, a seeded sample of so many trains.
    """

    window: Duration = Duration.parse("365d")
    holdout: Duration = Duration.parse("14d")
    minimum_rows: Annotated[int, msgspec.Meta(ge=1)] = 500
    max_rows: Annotated[int, msgspec.Meta(ge=1)] = 1_000_000
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0
    candidates: dict[str, CandidateDefinition] = msgspec.field(default_factory=_default_candidates)


class GatesDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a challenger must show on the holdout before it may serve, and how many rows may decide that."""

    metric: Literal["roc_auc"] = "roc_auc"
    min_value: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    min_gain: float = 0.0
    parity_tolerance: Annotated[float, msgspec.Meta(ge=0)] = 1e-5
    max_flipped_labels: Annotated[int, msgspec.Meta(ge=0)] = 0
    minimum_holdout_rows: Annotated[int, msgspec.Meta(ge=2)] = 100
    minimum_holdout_of_each_class: Annotated[int, msgspec.Meta(ge=1)] = 10


class RetrainingDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which triggers a model obeys, and how often. A person may always ask."""

    on: list[TriggerKind] = msgspec.field(default_factory=lambda: ["upload", "alarm"])
    cooldown: Duration = Duration.parse("1h")
    max_per_day: Annotated[int, msgspec.Meta(ge=1)] = 6
    schedule: Duration | None = None
