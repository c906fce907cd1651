"""The answers of a model to rows of which it may refuse some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from keepfit.application.holdout import body, rows_at_once
from keepfit.errors import InvalidRequest
from keepfit.features.schema.rules import check_instances
from keepfit.serving.inference.scorer import Scorer
from keepfit.tasks.base import Outputs

_Instances = Sequence[Mapping[str, Any]]


def as_known_to(scorer: Scorer, instance: Mapping[str, Any]) -> dict[str, Any]:
    """The instance with the fields that ``scorer`` knows: others are dropped, missing ones null."""
    return {column.name: instance.get(column.name) for column in scorer.signature.instance_columns}


def answers_of(scorer: Scorer, instances: _Instances) -> tuple[Outputs, dict[int, str]]:
    """The outputs, NaN for rows that the model refuses, and the reasons of its refusals."""
    served, refused = scorer.task.blank(len(instances)), dict[int, str]()
    at_once = rows_at_once(scorer)
    for start in range(0, len(instances), at_once):
        chunk = instances[start : start + at_once]
        answers, reasons = _answered(scorer, chunk)
        served[start : start + len(chunk)] = answers
        refused |= {start + row: reason for row, reason in reasons.items()}
    return served, refused


def _answered(scorer: Scorer, instances: _Instances) -> tuple[Outputs, dict[int, str]]:
    encoded = [msgspec.json.encode(instance) for instance in instances]
    served, refused = scorer.task.blank(len(instances)), dict[int, str]()
    while len(refused) < len(instances):
        rows = [row for row in range(len(instances)) if row not in refused]
        try:
            served[rows] = scorer.score(scorer.decode(body([encoded[row] for row in rows])))
        except InvalidRequest as error:
            problems = _refused(scorer, instances)
            # Numbers that are valid, and too large for its arithmetic.
            if problems.keys() <= refused.keys():
                problems = {rows[row]: f"{name} {why}" for row, name, why in error.details}
            if not problems:
                raise
            refused |= problems
        else:
            break
    return served, refused


def _refused(scorer: Scorer, instances: _Instances) -> dict[int, str]:
    """The first problem of each row that has one."""
    fields = {column.name: column for column in scorer.signature.instance_columns}
    problems = check_instances(fields, list(instances))
    return {row: f"{name} {why}" for row, name, why in reversed(problems)}
