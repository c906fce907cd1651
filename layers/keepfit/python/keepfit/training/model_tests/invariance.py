"""The invariance test: another value of a field leaves the answer as it is."""

from __future__ import annotations

import numpy as np

from keepfit.training.model_tests.base import ModelTestResult, ModelUnderTest, answered, share_result
from keepfit.training.model_tests.definition import ModelTestDefinition


def judge(test: ModelTestDefinition, model: ModelUnderTest) -> ModelTestResult:
    """Compares answers with those to the same rows with another value, by the task's own difference."""
    field, rows = test.field or "", model.chosen(test)
    moved = np.zeros(len(rows))
    taken = np.ones(len(rows), dtype=np.bool_)
    if test.add is not None:
        variants = [model.raised(rows, field, test.add)] if len(rows) else []
    else:
        variants = [model.changed(rows, field, value) for value in test.values or ()] if len(rows) else []
    for outputs in variants:
        difference = model.task.serving.difference(model.outputs[rows], outputs).difference
        taken &= answered(outputs)
        moved = np.maximum(moved, difference)
    most = float(moved[taken].max(initial=0.0))
    told = f"another {field} moves the answer by up to {most:.4g}, {test.tolerance:.4g} is allowed"
    return share_result(test, moved[taken] <= test.tolerance, told)
