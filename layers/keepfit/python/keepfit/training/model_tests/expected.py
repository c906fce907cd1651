"""The expected answer test: a given request is answered as it is written."""

from __future__ import annotations

from keepfit.training.model_tests.base import ModelTestResult, ModelUnderTest, answered
from keepfit.training.model_tests.definition import ModelTestDefinition


def judge(test: ModelTestDefinition, model: ModelUnderTest) -> ModelTestResult:
    """Asks for the instance; a number is compared with the output, anything else with the decision."""
    outputs = model.ask([test.instance or {}])
    if not answered(outputs).all():
        return ModelTestResult(name=test.name, passed=False, reason="the model refuses the request")
    wanted = test.answer
    if isinstance(wanted, float | int) and not isinstance(wanted, bool) and outputs.ndim == 1:
        output = float(outputs[0])
        passed = abs(output - wanted) <= test.tolerance
        reason = f"it answers {output:.6g}; {wanted:.6g} is expected, {test.tolerance:.4g} apart at most"
    else:
        [decision] = model.task.serving.decide(outputs)
        passed, reason = decision == wanted, f"it answers {decision}; {wanted} is expected"
    return ModelTestResult(name=test.name, passed=passed, reason=reason)
