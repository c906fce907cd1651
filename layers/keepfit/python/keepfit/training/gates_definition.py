"""The definition of a model's gates."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from keepfit.evaluation.tasks.registry import METRICS_BY_TASK


class WorstSliceDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How good a model must be on the worst of the slices that were declared, or that a search came upon."""

    min_value: Annotated[
        float | None,
        Meta(description="what the metric must reach there: at least, or at most where less is better"),
    ] = None
    max_gap: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="how much worse than on all other rows the metric may be there, chance apart"),
    ] = None


class FairnessGateDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the rates of the groups that `evaluation.fairness` names may be apart."""

    max_gap: Annotated[
        float, Meta(ge=0, le=1, description="the largest difference of a rate between groups, chance apart")
    ]
    rates: Annotated[
        list[str], Meta(description="the rates that it is for, such as `true_positive_rate`; left out, all")
    ] = []


class GatesDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gates that a challenger must pass on the holdout, scored by the serving code."""

    require: Annotated[
        list[str] | None,
        Meta(
            description="the gates whose failure stops a release, by the names that `keepfit gates` shows; left out, "
            "all that are asked and not in `warn`. That a model answers, and like it was trained, is required in any "
            "case that `warn` does not name"
        ),
    ] = None
    warn: Annotated[list[str], Meta(description="the gates whose failure is shown and stops nothing")] = []
    metric: Annotated[
        str | None,
        Meta(
            description="what decides: "
            + METRICS_BY_TASK
            + "; left out, the first of the task's. In any case a "
            "challenger must surely (95 %) be better than the best model that answers every row alike"
        ),
    ] = None
    min_value: Annotated[
        float | None,
        Meta(
            description="the challenger's metric must reach this: at least, or at most where less is better"
        ),
    ] = None
    min_gain: Annotated[
        float,
        Meta(
            description="it must be better than the champion on the same rows by more than this, in the metric"
        ),
    ] = 0.0
    certainty: Annotated[
        float,
        Meta(
            ge=0,
            lt=1,
            description="and that must be so in this share of resamples of those rows; 0 asks for no certainty",
        ),
    ] = 0.9
    parity_tolerance: Annotated[
        float,
        Meta(ge=0, description="how far a probability of the exported model may be from the trained one's"),
    ] = 1e-5
    max_flipped_labels: Annotated[
        int,
        Meta(ge=0, description="how many predictions may differ between the exported and the trained model"),
    ] = 0
    max_trusted_loss: Annotated[
        float,
        Meta(
            ge=0,
            description="on rows that were there before the champion was trained, and on those that came since, it may "
            "lose this share of what the champion is better than a constant",
        ),
    ] = 0.05
    worst_slice: Annotated[
        WorstSliceDefinition | None,
        Meta(description="how good it must be on the worst slice; left out, it is not asked"),
    ] = None
    fairness: Annotated[
        FairnessGateDefinition | None,
        Meta(description="how far the rates of groups may be apart; left out, it is not asked"),
    ] = None
    max_calibration_error: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | None,
        Meta(
            description="how far probabilities may be on average from the share that comes true, chance apart; left "
            "out, it is not asked"
        ),
    ] = None
    max_latency_ms: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="within how many milliseconds 95 % of single requests must be answered, measured where the "
            "model is judged; left out, it is not asked"
        ),
    ] = None
    max_size_mb: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="how large the model's file may be; left out, it is not asked"),
    ] = None
    replay_requests: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="how many of the last logged requests the challenger must answer, none refused; 0 asks none",
        ),
    ] = 0
    max_changed_share: Annotated[
        float,
        Meta(ge=0, le=1, description="and how many of them it may answer otherwise than the champion"),
    ] = 0.2
    minimum_holdout_rows: Annotated[
        int,
        Meta(
            ge=2,
            description="so many labelled rows must judge, or nothing is trained; so many must be comparable with the "
            "champion",
        ),
    ] = 20
    minimum_holdout_of_each_class: Annotated[
        int, Meta(ge=1, description="and so many of them must be true, and so many false")
    ] = 5
