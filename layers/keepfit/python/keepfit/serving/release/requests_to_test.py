"""The requests of system tests: golden ones, invalid ones, and a model's expected answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of
from keepfit.serving.release.golden import GoldenRequest, as_body, problem_of, shown
from keepfit.serving.release.system_tests import SystemTest
from keepfit.tasks.answers import outputs_of

_UNKNOWN = "a_field_that_no_model_has"
_NO_ENTITY = "an entity that nobody has"
_PARTS_OF_A_DETAIL = {"row", "field", "message"}

Expectation = Callable[[int, bytes], str | None]


def golden_tests(requests: Sequence[GoldenRequest], *, version: int, task: str) -> Iterator[SystemTest]:
    """All golden requests at once, and the first alone, which takes another way through the handler."""
    for name, asked in (("golden requests", requests), ("the first golden request alone", requests[:1])):
        yield SystemTest(
            name=name,
            by="golden",
            body=as_body([request.instance for request in asked]),
            problem=_as_recorded(asked, version, task),
        )


def refusal_tests(instance: Mapping[str, Any]) -> Iterator[SystemTest]:
    """A body that is no JSON, and a field that the model does not have; ``instance`` is a good one."""
    yield SystemTest(
        name="a malformed body",
        by="refusal",
        body=as_body([instance])[:-2],
        problem=lambda status, body: _not_refused(status, body, "invalid_json"),
    )
    yield SystemTest(
        name="an unknown field",
        by="refusal",
        body=as_body([{**instance, _UNKNOWN: 1}]),
        problem=lambda status, body: _not_refused(status, body, "invalid_instances", field=_UNKNOWN),
    )


def lookup_tests(instance: Mapping[str, Any], signature: Signature, *, version: int) -> Iterator[SystemTest]:
    """The good ``instance`` without what is looked up, and with keys of entities that hardly anybody has.

    What such a request is answered is not known beforehand; that it is answered shows that the store can be read.
    """
    lookups = signature.lookups or []
    if not lookups:
        return
    looked_up = {feature for lookup in lookups for feature in lookup.features}
    keys = {key.name: placeholder(key) for lookup in lookups for key in lookup.entity}
    sent = {name: value for name, value in instance.items() if name not in looked_up}
    yield SystemTest(
        name="features that are looked up",
        by="lookup",
        body=as_body([{**keys, **sent}]),
        problem=lambda status, body: _not_answered(status, body, version),
    )


def expected_test(
    name: str, instance: Mapping[str, Any], wanted: Any, *, tolerance: float, version: int, task: str
) -> SystemTest:
    """An `expected` test of the model: a number is compared with the output, all else with the decision."""
    return SystemTest(
        name=name,
        by="expected",
        body=as_body([instance]),
        problem=lambda status, body: _not_as_expected(
            status, body, wanted, tolerance=tolerance, version=version, task=task
        ),
    )


def _as_recorded(requests: Sequence[GoldenRequest], version: int, task: str) -> Expectation:
    return lambda status, body: problem_of(requests, status, body, version=version, task=task)


def _not_refused(status: int, body: bytes, code: str, field: str | None = None) -> str | None:
    """What of an answer is not the documented refusal; None where all is."""
    if status != 400:
        return f"it is answered {status} instead of 400: {shown(body)}"
    try:
        problem = json.loads(body)
        told, message, details = problem["code"], problem["detail"], problem["errors"]
        shaped = isinstance(message, str) and all(set(detail) == _PARTS_OF_A_DETAIL for detail in details)
        named = {(detail["row"], detail["field"]) for detail in details}
    except (ValueError, LookupError, TypeError):
        shaped = False
    if not shaped:
        return f"its refusal has not the documented shape: {shown(body)}"
    if told != code:
        return f"it is refused as {told} instead of {code}"
    if field is not None and (0, field) not in named:
        return f"its refusal names no field {field} of row 0: {shown(body)}"
    return None


def placeholder(key: Column) -> Any:
    """A value of a column, such as hardly any row has."""
    kind = type_of(key.type)
    if kind.is_number:
        return key.min if key.min is not None else min(0, key.max or 0)
    placeholders = {"bool": False, "timestamp": "2000-01-01T00:00:00Z"}
    return placeholders.get(kind.expression, _NO_ENTITY)


def _not_answered(status: int, body: bytes, version: int) -> str | None:
    if status != 200:
        return f"it is answered {status} instead of 200: {shown(body)}"
    try:
        served = json.loads(body)["model_version"]
    except (ValueError, LookupError, TypeError):
        return f"it is answered what is no prediction: {shown(body)}"
    return None if served == version else f"it is answered by version {served}, and this is version {version}"


def _not_as_expected(
    status: int, body: bytes, wanted: Any, *, tolerance: float, version: int, task: str
) -> str | None:
    if status != 200:
        return f"it is answered {status}: {shown(body)}"
    try:
        answer = json.loads(body)
        [output], [decision] = outputs_of(task, answer), answer["predictions"]
        served = answer["model_version"]
    except (ValueError, LookupError, TypeError):
        return f"it is answered what is no prediction: {shown(body)}"
    if served != version:
        return f"it is answered by version {served}, and this is version {version}"
    is_number = isinstance(wanted, float | int) and not isinstance(wanted, bool)
    if is_number and not isinstance(output, list):
        if abs(output - wanted) <= tolerance:
            return None
        return f"it answers {output:.6g}; {wanted:.6g} is expected, {tolerance:.4g} apart at most"
    return None if decision == wanted else f"it answers {decision}; {wanted} is expected"
