"""The direction test: a higher value of a field moves the answer up, or down."""

from __future__ import annotations

import numpy as np

from keepfit.tasks.base import Outputs
from keepfit.training.model_tests.base import ModelTestResult, ModelUnderTest, answered, share_result
from keepfit.training.model_tests.definition import ModelTestDefinition


def judge(test: ModelTestDefinition, model: ModelUnderTest) -> ModelTestResult:
    """Compares answers before and after; steps of trees may leave some alone, but not all."""
    field, rows = test.field or "", model.chosen(test)
    if not len(rows):
        return share_result(test, np.zeros(0, dtype=np.bool_), "")
    if test.add is not None:
        before, after = model.outputs[rows], model.raised(rows, field, test.add)
    else:
        low, *_, high = test.values or (None, None)
        before, after = model.changed(rows, field, low), model.changed(rows, field, high)
    taken = answered(before) & answered(after)
    try:
        moved = _numbers(after, test, model)[taken] - _numbers(before, test, model)[taken]
    except ValueError as error:
        return ModelTestResult(name=test.name, passed=False, reason=f"label_class: {error}")
    towards = moved if test.expect == "up" else -moved
    told = f"a higher {field} moves the answer by {float(moved.mean()) if len(moved) else 0:+.4g} on average"
    result = share_result(test, towards >= -test.tolerance, told)
    if result.passed and not towards.mean() > 0:
        reason = f"{told}, which is not {test.expect}"
        return ModelTestResult(name=test.name, passed=False, reason=reason)
    return result


def _numbers(outputs: Outputs, test: ModelTestDefinition, model: ModelUnderTest) -> Outputs:
    """(rows,) what goes up or down: the probability of true, or of a class, or the value."""
    if outputs.ndim == 1:
        return outputs
    column: Outputs = outputs[:, model.task.class_of(test.label_class or "")]
    return column
