"""AWS as moto plays it, in this process."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from moto import mock_aws

from keepfit.adapters.aws import clients
from keepfit.adapters.aws.container_resources import ContainerResources
from tests.contract import containers
from tests.lambda_revisions import keep_revisions
from tests.moto_transactions import keep_transactions_apart


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account in us-east-1, gone after the test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    keep_transactions_apart(monkeypatch)
    clients.client.cache_clear()
    with mock_aws():
        yield
    clients.client.cache_clear()


@pytest.fixture
def registry_table(aws: None) -> str:
    """The name of an empty registry table."""
    keys = ("pk", "HASH"), ("sk", "RANGE")
    clients.client("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    return "registry"


@pytest.fixture
def inference_function(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a function as the stack makes it: version 1 and the alias ``live`` on it."""
    keep_revisions(monkeypatch)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", "")
    role = clients.client("iam").create_role(RoleName="predict", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    clients.client("lambda").create_function(
        FunctionName="predict",
        Runtime="python3.13",
        Handler="handler.handler",
        Role=role,
        Code={"ZipFile": package.getvalue()},
        Publish=True,
    )
    clients.client("lambda").create_alias(FunctionName="predict", Name="live", FunctionVersion="1")
    return "predict"


@pytest.fixture
def container_resources(registry_table: str, monkeypatch: pytest.MonkeyPatch) -> ContainerResources:
    """What serves the model m in containers, as the stack makes it."""
    # Which take longer to read than all else here.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    return containers.container_resources()
