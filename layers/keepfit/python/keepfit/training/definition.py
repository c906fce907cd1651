"""The definition of a model's training and retraining."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.evaluation.tasks.estimator import Estimator
from keepfit.features.offline.registry import AUTO, SPARK, EngineName
from keepfit.instants import Duration
from keepfit.training.compute_definition import ComputeDefinition
from keepfit.training.recipes.registry import DEFAULTS, Algorithm
from keepfit.training.search_definition import SearchDefinition, SpaceDefinition

IMPORTED: Final = "imported"
"""The name of the only candidate of a run that imports a finished model, and its algorithm."""

_MOST_OF_DUCKDB: Final = 50_000_000

TriggerKind = Literal["first_upload", "upload", "alarm", "schedule"]


Parameter = float | int | str | bool | dict[str, float] | list[str] | None


class CandidateDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One algorithm with its parameters; by default, one candidate per algorithm is tried."""

    algorithm: Annotated[Algorithm, Meta(description="what is fitted")]
    parameters: Annotated[
        dict[str, Parameter],
        Meta(
            description='by the names that scikit-learn gives them; `class_weight = "balanced"` or `{ true = 5, '
            "false = 1 }` weighs the rows of a label in training: probabilities move towards the heavier label and are "
            "no shares any more, so that log loss, Brier score and the answer at one half change, and ROC AUC hardly "
            "does"
        ),
    ] = {}
    code: Annotated[
        str | None,
        Meta(
            description="never written: for `own_code` what `models/<model>/estimator.py` holds; it travels with the "
            "definition"
        ),
    ] = None
    max_rows: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="with more rows that train, it is not tried, unless nothing else is"),
    ] = None
    search: Annotated[
        SpaceDefinition | None,
        Meta(
            description="what `training.search` tries of its parameters, by name: `{ low = 0.01, high = 0.2, log = "
            "true }`, or a list of values; left out, what the algorithm's recipe proposes, and `{}` tries nothing"
        ),
    ] = None


_DEFAULTS: Final = "; ".join(
    f"for a {estimator} {', '.join(f'`{default.algorithm}`' for default in candidates.values())}"
    for estimator, candidates in DEFAULTS.items()
)


def default_candidates(estimator: Estimator) -> dict[str, CandidateDefinition]:
    """What is tried where a definition names no candidate."""
    return {
        name: CandidateDefinition(algorithm=default.algorithm, max_rows=default.max_rows)
        for name, default in DEFAULTS[estimator].items()
    }


def tried(candidates: Mapping[str, CandidateDefinition], rows: int) -> list[str]:
    """The names of candidates for so many training rows; all where each is for fewer.

    >>> some = {"a": CandidateDefinition(algorithm="ridge", max_rows=10), "b": CandidateDefinition(algorithm="xgboost")}
    >>> tried(some, 10), tried(some, 11)
    (['a', 'b'], ['b'])
    """
    fitting = [name for name, each in candidates.items() if each.max_rows is None or rows <= each.max_rows]
    return fitting or list(candidates)


class TrainingDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows that train and judge, and the candidates."""

    window: Annotated[
        Duration | None,
        Meta(
            description="how far training data reaches back from the newest labelled event; a run counts what it "
            "leaves out. Without it all rows count"
        ),
    ] = None
    split: Annotated[
        str | None,
        Meta(
            description='`"time"`: the newest rows judge, and only what was known before them trains; `"random"`: a '
            'drawn share of each label judges; `"group:<field>"`: a drawn share of the values of a field judges, with '
            "all their rows. Without it `time` where the dataset has an `event_time`, else `random`"
        ),
    ] = None
    holdout: Annotated[
        float | str,
        Meta(description="how much judges: a share of the rows, or by time also a duration such as `14d`"),
    ] = 0.2
    minimum_rows: Annotated[
        int, Meta(ge=1, description="with fewer labelled rows that can train or judge, nothing is trained")
    ] = 100
    max_rows: Annotated[int, Meta(ge=1, description="of more rows, a seeded sample of so many trains")] = (
        1_000_000
    )
    seed: Annotated[
        int,
        Meta(
            ge=0,
            le=2**32 - 1,
            description="for everything that is drawn; the same data, definition and seed give the same model",
        ),
    ] = 0
    engine: Annotated[
        EngineName,
        Meta(
            description="what joins the rows and features: `duckdb` in the step itself, `spark` on EMR Serverless, "
            "`auto` by size; engines give the same training set"
        ),
    ] = "duckdb"
    spark_above: Annotated[
        Annotated[int, Meta(ge=0)] | UnsetType,
        Meta(
            description='of `engine = "auto"`: with more rows than so many in the datasets of the views, Spark on EMR '
            "Serverless joins them; 50,000,000 by default"
        ),
    ] = UNSET
    feature_selection: Annotated[
        Literal["shadow"] | None,
        Meta(
            description='`"shadow"`: before candidates train, columns are dropped that are worth no more than shuffled '
            "copies on validation rows, that say the same as another, or that drift within the training rows; clients "
            "may leave such inputs out. Without it all columns train"
        ),
    ] = None
    candidates: Annotated[
        dict[str, CandidateDefinition] | None,
        Meta(description="what is tried, a table for each; left out, " + _DEFAULTS),
    ] = None
    search: Annotated[
        SearchDefinition | None,
        Meta(description="a search for better parameters of the candidates; without it they are as defined"),
    ] = None
    compute: Annotated[ComputeDefinition, Meta(description="what candidates are trained on")] = (
        ComputeDefinition()
    )

    @property
    def may_use_spark(self) -> bool:
        """Whether a run may join features on Spark."""
        return self.engine in (SPARK, AUTO)

    @property
    def most_of_duckdb(self) -> int:
        """Of `engine = "auto"`: how many rows of views DuckDB joins at most."""
        return _MOST_OF_DUCKDB if isinstance(self.spark_above, UnsetType) else self.spark_above


class RetrainingDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The triggers that start a training, and their rate limit; a person may always start one."""

    on: Annotated[
        list[TriggerKind],
        Meta(description="what starts a training; `first_upload` does so only while nothing serves"),
    ] = msgspec.field(default_factory=lambda: ["upload", "alarm"])
    cooldown: Annotated[
        Duration,
        Meta(
            description="how long after a run was admitted the next one may start; an upload and a "
            "schedule wait for it; after a run that left nothing serving, only the same again waits; at most `364d`"
        ),
    ] = Duration.parse("1h")
    max_per_day: Annotated[
        int,
        Meta(ge=1, description="how many runs a day are admitted, by UTC, without those that failed"),
    ] = 6
    max_per_month: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="how many trainings a month may end, by UTC, with those that failed, which cost as much; what "
            "comes then waits for the next month, and a person may force one. Without it there is no such budget"
        ),
    ] = None
    retries: Annotated[
        int,
        Meta(
            ge=0,
            le=10,
            description="how often a training that failed is tried again with the same data, definition and code; "
            "after the last an incident is opened, which a person or a training that succeeds closes; what cannot "
            "help, such as too few rows, is not tried again",
        ),
    ] = 3
    retry_after: Annotated[
        Duration,
        Meta(
            description="how long after a failure the first of them starts; each waits twice as long as the one before "
            "it, up to a day; from `1m` to `1d`"
        ),
    ] = Duration.parse("15m")
    no_gain_limit: Annotated[
        int,
        Meta(
            ge=1,
            le=20,
            description="after how many retrainings in a row of one cause (`drift`, say) that surely did worse than "
            "what they replaced, on outcomes that came later, or that were released and left the drift alarm standing, "
            "the cause starts no more: an incident is opened, which a person closes",
        ),
    ] = 3
    schedule: Annotated[
        Duration | None,
        Meta(description="how often, where `on` has `schedule`; whole minutes from `1m` to `365d`"),
    ] = None
