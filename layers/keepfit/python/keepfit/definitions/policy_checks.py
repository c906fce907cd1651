"""Policy checks: the combined numbers and names of a model allow training, release, monitoring."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from msgspec import UNSET

from keepfit.definitions.gate_checks import gate_mistakes
from keepfit.definitions.mistakes import refuse_first
from keepfit.definitions.model import ModelDefinition
from keepfit.definitions.retention_checks import kept_requests_mistakes
from keepfit.definitions.search_checks import search_mistakes
from keepfit.definitions.split_checks import portion_mistakes
from keepfit.instants import Duration
from keepfit.training.definition import IMPORTED, CandidateDefinition, Parameter
from keepfit.training.recipes.registry import LISTINGS, MOST_DEFAULTS
from keepfit.training.runs import execution_limits
from keepfit.training.runs.rate_limit import longest_execution
from keepfit.training.segments_definition import SEGMENTED

_CANDIDATE = re.compile(r"[a-z][a-z0-9_]{0,39}")  # part of keys in S3, and told to tasks
_MIN_APPROVAL, _MAX_APPROVAL = Duration.parse("1m"), Duration.parse("90d")
_RAREST_MONITOR = Duration.parse("84h")
_SHORTEST_RETRY, _LONGEST_RETRY = Duration.parse("1m"), Duration.parse("1d")
_HALF_A_SCHEDULE = "'schedule' in on, and how often in schedule, belong together: write both or neither"


def check_policies(name: str, model: ModelDefinition) -> None:
    """Raises InvalidDefinition for the first table of [model.<name>] that cannot work."""
    refuse_first(policy_mistakes(name, model))


def policy_mistakes(name: str, model: ModelDefinition, unread: frozenset[str] = frozenset()) -> Iterator[str]:
    """The mistakes in the tables of [model.<name>], without the tables ``unread``."""
    checks = {
        "training": _training,
        "gates": gate_mistakes,
        "quota": _quota,
        "release": _release,
        "monitoring": _monitoring,
        "retraining": _retraining,
    }
    for table, check in checks.items():
        if table not in unread:
            for says in check(model):
                yield f"[model.{name}.{table}] {says}"
    if not unread & {"keep", "monitoring"}:
        yield from kept_requests_mistakes(name, model)


def _training(model: ModelDefinition) -> Iterator[str]:
    training = model.training
    yield from portion_mistakes(training)
    if training.candidates is not None:
        yield from _candidates(training.candidates)
        if model.segment_by is not None and SEGMENTED in training.candidates:
            yield f"candidates: {SEGMENTED!r} is the model with one for each segment, rename it"
    yield from search_mistakes(training)


def _quota(model: ModelDefinition) -> Iterator[str]:
    quota = model.quota
    if quota is UNSET:
        return
    if quota.rate is None and quota.per_day is None:
        yield "limits nothing: write rate, per_day or both"
    if quota.burst is not None and quota.rate is None:
        yield "burst is how many of a rate may come at once: write rate, too"


def _candidates(candidates: Mapping[str, CandidateDefinition]) -> Iterator[str]:
    if not candidates:
        yield "candidates: name at least one"
    if len(candidates) > execution_limits.MAX_CANDIDATES:
        yield (
            f"candidates: {len(candidates)} are more than one run has the time to try; "
            f"name at most {execution_limits.MAX_CANDIDATES}"
        )
    for candidate, definition in candidates.items():
        if candidate == "champion":
            yield "candidates: 'champion' is the model that serves, rename it"
        if candidate == IMPORTED:
            yield "candidates: 'imported' is a model that comes in by keepfit import, rename it"
        if not _CANDIDATE.fullmatch(candidate):
            yield (
                f"candidates: {candidate[:60]!r} needs another name: small letters, digits and _, a letter first, "
                "at most 40"
            )
        if "random_state" in definition.parameters:
            yield f"candidates.{candidate}: random_state is made from training.seed, write that"
        for says in _parameters(definition):
            yield f"candidates.{candidate}: {says}"


def _parameters(candidate: CandidateDefinition) -> Iterator[str]:
    for parameter, value in candidate.parameters.items():
        if parameter == "class_weight":
            yield from _class_weight(candidate.algorithm, value)
        elif isinstance(value, dict):
            yield f"{parameter} cannot be a table; only class_weight is one, with a weight for each label"


def _class_weight(algorithm: str, value: Parameter) -> Iterator[str]:
    words = LISTINGS[algorithm].class_weights
    if not words and value is not None:
        yield f"class_weight is none of {algorithm}'s parameters; leave it out"
        return
    if isinstance(value, dict):
        if not value:
            yield "class_weight weighs no label; write { true = 5, false = 1 }, or leave it out"
        for label, weight in value.items():
            if not 0 < weight < math.inf:
                yield f"class_weight {label[:60]} = {weight:g} must be a finite number above 0"
    elif value is not None and (not isinstance(value, str) or value not in words):
        yield (
            f"class_weight cannot be {str(value)[:60]!r}; write {' or '.join(map(repr, words))}, or one weight for "
            "each label: { true = 5, false = 1 }"
        )


def _release(model: ModelDefinition) -> Iterator[str]:
    named = model.training.candidates
    release, candidates = model.release, MOST_DEFAULTS if named is None else len(named)
    if release.canary >= 1:
        yield (
            f"canary = {release.canary:g} leaves the champion no request, and it is what serves again after a "
            "roll-back: write less than 1, such as 0.5"
        )
    if not release.evaluation_period.seconds:
        yield "evaluation_period must be longer than nothing"
        return
    if release.baking_limit < release.baking_period:
        yield "baking_limit must not be shorter than baking_period"
    if release.evaluation_period > release.baking_limit:
        yield "evaluation_period must not be longer than baking_limit, or the canary is over before the first look"
    if release.baking_limit.seconds + release.evaluation_period.seconds > execution_limits.MAX_BAKING.seconds:
        yield (
            f"baking_limit {release.baking_limit} and one evaluation_period {release.evaluation_period} must be at "
            f"most {execution_limits.MAX_BAKING} together: CloudWatch keeps the requests of each minute for 15 "
            "days; allow less, or ask for fewer minimum_requests"
        )
    if release.shadow and release.strategy == "at_once":
        yield (
            'shadow is for challengers that bake: with strategy = "at_once" none does; leave one of the two out'
        )
    yield from _approval(model)
    most = execution_limits.most_looks(candidates)
    looks = execution_limits.looks(release.baking_limit, release.evaluation_period)
    if looks > most:
        yield (
            f"baking_limit {release.baking_limit} allows {looks} looks, one every evaluation_period "
            f"{release.evaluation_period}, and an execution of Step Functions can record {most}: look less often"
        )


def _approval(model: ModelDefinition) -> Iterator[str]:
    release = model.release
    if release.second_person and not release.needs_approval:
        yield 'second_person is about approvals, and none is asked for: write approval = "required", too'
    if not _MIN_APPROVAL <= release.approval_period <= _MAX_APPROVAL:
        yield (
            f"approval_period = '{release.approval_period}': write at least '{_MIN_APPROVAL}', for a person to look, "
            f"and at most '{_MAX_APPROVAL}': no other run of the model begins meanwhile"
        )


def _monitoring(model: ModelDefinition) -> Iterator[str]:
    if not model.monitoring.window.seconds:
        yield "window must be longer than nothing"
    if model.monitoring.drift_threshold is not None and model.monitoring.false_alarms_per_month is not None:
        yield (
            "drift_threshold is one threshold for all columns, and false_alarms_per_month makes one for each: leave "
            "one of the two out"
        )
    yield from _undecided_decay(model)
    yield from _not_whole_minutes(model.monitoring.schedule)
    if model.monitoring.schedule > _RAREST_MONITOR:
        yield (
            f"schedule = '{model.monitoring.schedule}': the alarm on a silent monitor waits for two turns, and "
            f"CloudWatch looks back seven days at most; write at most '{_RAREST_MONITOR}'"
        )


def _undecided_decay(model: ModelDefinition) -> Iterator[str]:
    """Alarms on decay that could never sound."""
    monitoring = model.monitoring
    if monitoring.decay_threshold is not None and model.outcomes is UNSET:
        yield (
            "decay_threshold is for what came true, and nobody tells that: write a table outcomes, or "
            "estimated_decay_threshold"
        )
    if monitoring.estimated_decay_threshold is not None and model.graph is not UNSET:
        yield (
            "estimated_decay_threshold: how answers of a graph and outcomes go together is not known when it is "
            "deployed; with a table outcomes, write decay_threshold"
        )


def _retraining(model: ModelDefinition) -> Iterator[str]:
    schedule, cooldown = model.retraining.schedule, model.retraining.cooldown
    if ("schedule" in model.retraining.on) != (schedule is not None):
        yield _HALF_A_SCHEDULE
    if schedule:
        yield from _not_whole_minutes(schedule)
        if schedule > execution_limits.MAX_EXECUTION:
            yield (
                f"schedule = '{schedule}': EventBridge counts it from the deployment, and one after more than a "
                f"year is none; write at most '{execution_limits.MAX_EXECUTION}', or leave 'schedule' out"
            )
    retry_after = model.retraining.retry_after
    if not _SHORTEST_RETRY <= retry_after <= _LONGEST_RETRY:
        yield f"retry_after = '{retry_after}': write from '{_SHORTEST_RETRY}' to '{_LONGEST_RETRY}'"
    longest = longest_execution(
        model.release.longest,
        model.retraining,
        segmented=model.segment_by is not None,
        joined=model.training.may_use_spark,
    )
    if longest > execution_limits.MAX_EXECUTION:
        yield (
            f"cooldown = '{cooldown}': an upload waits for its end in an execution of Step Functions, which lives "
            f"for a year at most; write at most '{execution_limits.MAX_COOLDOWN}'"
        )


def _not_whole_minutes(schedule: Duration) -> Iterator[str]:
    if schedule.seconds < 60 or schedule.seconds % 60:
        yield f"schedule = '{schedule}': EventBridge keeps whole minutes, nothing runs oftener than 1m"
