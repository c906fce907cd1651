"""The minimum test: the metric on rows that a filter names reaches a value."""

from __future__ import annotations

from keepfit.errors import EmptyWindow
from keepfit.training.model_tests.base import ModelTestResult, ModelUnderTest
from keepfit.training.model_tests.definition import ModelTestDefinition


def judge(test: ModelTestDefinition, model: ModelUnderTest) -> ModelTestResult:
    """Measures the rows; where they are too few for the metric to mean anything, it is not passed."""
    metric, limit = model.task.metric(test.metric or model.metric), test.min_value or 0.0
    rows = model.rows(test.where or "TRUE")
    try:
        value = metric.value(model.labels[rows], model.outputs[rows])
    except EmptyWindow as error:
        reason = f"{metric.name} means nothing on {int(rows.sum()):,} rows: {error}"
        return ModelTestResult(name=test.name, passed=False, reason=reason)
    passed = bool(metric.gain(value, limit) >= 0)
    beyond = "below" if metric.greater_is_better else "above"
    told = f"{metric.name} {value:.4f} on {int(rows.sum()):,} rows is {'not ' if passed else ''}{beyond} {limit:.4f}"
    return ModelTestResult(name=test.name, passed=passed, reason=told)
