"""The contract of Functions."""

from __future__ import annotations

import pytest

from keepfit.adapters.aws.lambda_functions import LambdaFunctions
from keepfit.adapters.memory.training import MemoryFunctions
from keepfit.errors import NotFound
from keepfit.training.runs.ports import Functions


@pytest.fixture(params=["memory", "lambda"])
def functions(request: pytest.FixtureRequest) -> Functions:
    if request.param == "memory":
        return MemoryFunctions(functions={"predict"})
    request.getfixturevalue("inference_function")
    return LambdaFunctions()


def test_a_function_that_is_not_there_cannot_be_invoked(functions: Functions) -> None:
    with pytest.raises(NotFound):
        functions.invoke("gone", {"outcome": "aborted"})
