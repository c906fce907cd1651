"""Runs a model's tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from keepfit.training.model_tests import direction, expected, invariance, minimum
from keepfit.training.model_tests.base import Judge, ModelTestResult, ModelUnderTest
from keepfit.training.model_tests.definition import ModelTestDefinition, TestKind

_JUDGES: Final[dict[TestKind, Judge]] = {
    "invariance": invariance.judge,
    "direction": direction.judge,
    "minimum": minimum.judge,
    "expected": expected.judge,
}


def run_tests(tests: Sequence[ModelTestDefinition], model: ModelUnderTest) -> list[ModelTestResult]:
    """The result of each test, in their order."""
    return [_JUDGES[test.kind](test, model) for test in tests]
