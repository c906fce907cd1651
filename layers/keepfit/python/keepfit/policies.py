"""What a model's numbers and names must be, taken together, for it to be trained, released and watched at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keepfit.definitions import ModelDefinition
from keepfit.errors import InvalidDefinition
from keepfit.instants import Duration

_CANDIDATE = re.compile(r"[a-z][a-z0-9_]{0,39}")  # part of keys in S3, and told to tasks
# An execution may have 25,000 events; one look at the canary is nine of them.
_MOST_EVALUATIONS = 2_500
_HALF_A_SCHEDULE = "'schedule' in on, and how often in schedule, belong together: write both or neither"


def check_policies(name: str, model: ModelDefinition) -> None:
    """Raises InvalidDefinition for the first table of [model.<name>] that cannot work."""
    checks = {
        "training": _training,
        "release": _release,
        "monitoring": _monitoring,
        "retraining": _retraining,
    }
    for table, check in checks.items():
        for says in check(model):
            raise InvalidDefinition(f"[model.{name}.{table}] {says}")


def _training(model: ModelDefinition) -> Iterator[str]:
    training = model.training
    if not training.holdout.seconds:
        yield "holdout must be longer than nothing: it judges the candidates"
    if training.holdout >= training.window:
        yield "holdout must be shorter than window"
    if not training.candidates:
        yield "candidates: name at least one"
    for candidate, definition in training.candidates.items():
        if candidate == "champion":
            yield "candidates: 'champion' is the model that serves, rename it"
        if not _CANDIDATE.fullmatch(candidate):
            yield (
                f"candidates: {candidate[:60]!r} needs another name: small letters, digits and _, a letter first, "
                "at most 40"
            )
        if "random_state" in definition.parameters:
            yield f"candidates.{candidate}: random_state is made from training.seed, write that"


def _release(model: ModelDefinition) -> Iterator[str]:
    if not model.release.evaluation_period.seconds:
        yield "evaluation_period must be longer than nothing"
    if model.release.baking_limit < model.release.baking_period:
        yield "baking_limit must not be shorter than baking_period"
    evaluations = model.release.baking_limit.seconds // max(model.release.evaluation_period.seconds, 1)
    if evaluations > _MOST_EVALUATIONS:
        yield (
            f"baking_limit {model.release.baking_limit} is {evaluations} times evaluation_period "
            f"{model.release.evaluation_period}, and an execution can record {_MOST_EVALUATIONS}: look less often"
        )


def _monitoring(model: ModelDefinition) -> Iterator[str]:
    if not model.monitoring.window.seconds:
        yield "window must be longer than nothing"
    yield from _not_whole_minutes(model.monitoring.schedule)


def _retraining(model: ModelDefinition) -> Iterator[str]:
    schedule = model.retraining.schedule
    if ("schedule" in model.retraining.on) != (schedule is not None):
        yield _HALF_A_SCHEDULE
    if schedule:
        yield from _not_whole_minutes(schedule)


def _not_whole_minutes(schedule: Duration) -> Iterator[str]:
    if schedule.seconds < 60 or schedule.seconds % 60:
        yield f"schedule = '{schedule}': EventBridge keeps whole minutes, nothing runs oftener than 1m"
