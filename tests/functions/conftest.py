"""A model's stack as moto plays it: the places, the names that functions are told, and how a handler is loaded."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from moto import mock_aws

from keepfit.adapters.aws import clients
from keepfit.adapters.aws.clients import client
from tests.moto_transactions import keep_transactions_apart

ROOT = Path(__file__).parents[2]
MODEL = "delay"

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "KEEPFIT_MODEL": MODEL,
    "KEEPFIT_ARTIFACTS_BUCKET": "artifacts",
    "KEEPFIT_REGISTRY_TABLE": "registry",
    "KEEPFIT_DEFINITION": "artifacts/assets/definition.json",
    "KEEPFIT_PREDICT_FUNCTION": "predict",
    "KEEPFIT_STACK_ID": "stack",
    "KEEPFIT_DRIFT_ALARM": "keepfit-delay-drift",
    "KEEPFIT_CODE_DIGEST": "c0de",
}

Load = Callable[[str], ModuleType]


@pytest.fixture
def training_stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Buckets, table and environment of the training states; empty, and gone after the test."""
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    keep_transactions_apart(monkeypatch)
    clients.client.cache_clear()
    with mock_aws():
        client("s3").create_bucket(Bucket="artifacts")
        client("dynamodb").create_table(
            TableName="registry",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield
    clients.client.cache_clear()


@pytest.fixture
def context() -> SimpleNamespace:
    """What Lambda tells a handler about its invocation."""
    return SimpleNamespace(
        function_name="f",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
        aws_request_id="1",
    )


@pytest.fixture
def load() -> Load:
    """The module of a function by its path under functions/, fresh as after a cold start."""

    def loaded(path: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            path.replace("/", "_"), ROOT / "functions" / f"{path}.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded
