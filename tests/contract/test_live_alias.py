"""The contract of LiveAlias."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.lambda_alias import LambdaLiveAlias
from keepfit.adapters.memory.training import MemoryLiveAlias
from keepfit.training.runs.ports import LiveAlias

Point = Callable[[str, dict[str, float]], None]


@pytest.fixture(params=["memory", "lambda"])
def pointed(request: pytest.FixtureRequest) -> tuple[LiveAlias, Point]:
    if request.param == "memory":
        memory = MemoryLiveAlias()

        def point(version: str, weights: dict[str, float]) -> None:
            memory.lambda_version, memory.weights = version, weights

        return memory, point
    request.getfixturevalue("aws")
    return LambdaLiveAlias(function="predict"), _point_lambda


def _point_lambda(version: str, weights: dict[str, float]) -> None:
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({}))["Role"]["Arn"]
    functions = client("lambda")
    for number in range(1, 3):
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as package:
            package.writestr("handler.py", f"version = {number}")
        if number == 1:
            functions.create_function(
                FunctionName="predict",
                Runtime="python3.13",
                Role=role,
                Handler="handler.handler",
                Code={"ZipFile": body.getvalue()},
            )
        else:
            functions.update_function_code(FunctionName="predict", ZipFile=body.getvalue())
        functions.publish_version(FunctionName="predict")
    functions.create_alias(
        FunctionName="predict",
        Name="live",
        FunctionVersion=version,
        **({"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}),
    )


def test_an_alias_says_what_it_points_to(pointed: tuple[LiveAlias, Point]) -> None:
    alias, point = pointed
    point("1", {})
    assert alias.current() == ("1", {})


def test_a_canary_is_told_with_its_weight(pointed: tuple[LiveAlias, Point]) -> None:
    alias, point = pointed
    point("1", {"2": 0.2})
    assert alias.current() == ("1", {"2": 0.2})


def test_a_function_without_the_alias_has_nobody_live(pointed: tuple[LiveAlias, Point]) -> None:
    alias, _ = pointed
    assert alias.current() == (None, {})
