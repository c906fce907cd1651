"""Checks of a model's tests: each has what its kind needs, and names fields that the model sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import ModelDefinition
from keepfit.errors import InvalidDefinition
from keepfit.features.expressions.parse import compile_expression
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of
from keepfit.training.model_tests.definition import KEYS, ModelTestDefinition

_ALWAYS = frozenset({"name", "kind"})


def filters_of(model: ModelDefinition) -> list[str]:
    """The filters of a model's tests, as SQL, each once."""
    return list(dict.fromkeys(test.where for test in model.tests if test.where is not None))


def model_test_mistakes(name: str, model: ModelDefinition, types: dict[str, FieldType]) -> Iterator[str]:
    """The mistakes in the tests of a model whose inputs and features have ``types``."""
    table = f"[[model.{name}.tests]]"
    for called, times in Counter(test.name for test in model.tests).items():
        if times > 1 or not called.strip():
            yield f"{table} name: {called!r} names {times} tests; give each a name of its own"
    for test in model.tests:
        for says in (*_key_mistakes(test), *_field_mistakes(test, types)):
            yield f"{table} {test.name[:60]!r}: {says}"


def _key_mistakes(test: ModelTestDefinition) -> Iterator[str]:
    needed, allowed = KEYS[test.kind]
    defaults = ModelTestDefinition(name=test.name, kind=test.kind)
    written = {
        key
        for key in msgspec.structs.asdict(test)
        if key not in _ALWAYS and getattr(test, key) != getattr(defaults, key)
    }
    for key in sorted(needed - written):
        yield f"{key} is missing; a test of kind {test.kind} needs it"
    for key in sorted(written - needed - allowed):
        yield f"{key} means nothing in a test of kind {test.kind}; leave it out"
    if "values" in allowed and (test.values is None) == (test.add is None):
        yield "write either values or add: what the field is changed to"
    if test.kind == "direction" and test.values is not None and len(test.values) < 2:
        yield "values: name two, from the lower to the higher"


def _field_mistakes(test: ModelTestDefinition, types: Mapping[str, FieldType]) -> Iterator[str]:
    for field in [*([test.field] if test.field else []), *(test.instance or {})]:
        if field not in types:
            yield f"{field[:60]!r} is not an input or feature of the model; {alike(field, types)}"
    kind = types.get(test.field or "")
    if kind is not None and test.add is not None and not type_of(kind).is_number:
        yield f"add: {test.field!r} is no number but of type {kind}; write values"
    if test.where is not None:
        try:
            _, result = compile_expression(test.where, dict(types))
        except InvalidDefinition as error:
            yield f"where: {error}"
        else:
            if result != "bool":
                yield f"where: it gives a {result}, and a filter is true or false, such as distance > 500"
