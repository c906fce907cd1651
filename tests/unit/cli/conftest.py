"""A deployed model with a history, at a place that commands find by themselves."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from cli.app import app
from cli.places import chosen_place as where
from cli.places.deployment import Deployment
from keepfit.adapters.aws import clients
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.cli.support.standin import OUTPUTS, PLATFORM, Stacks, StandIn, States, WebServer
from tests.unit.cli.support.user_pool import FakeUserPool
from tests.unit.views.support.history import MODEL


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command answered."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


Keepfit = Callable[..., Asked]


@pytest.fixture
def keepfit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keepfit:
    """Runs the command with the words given; what nobody expected is raised, not swallowed."""
    monkeypatch.setenv("KEEPFIT_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("KEEPFIT_PLACE", raising=False)

    def run(*words: str, stdin: str | None = None) -> Asked:
        result: Result = CliRunner().invoke(
            app, list(words), input=stdin, catch_exceptions=False, prog_name="keepfit"
        )
        return Asked(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="module")
def kept_clients() -> Iterator[None]:
    """Clients are slow to make; those of a module's tests are all moto's, and are kept while it lasts."""
    clients.client.cache_clear()
    yield
    clients.client.cache_clear()


@pytest.fixture
def aws(kept_clients: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer().running() as server:
        yield server


@pytest.fixture
def states() -> States:
    return States()


@pytest.fixture
def stacks(web: WebServer) -> Stacks:
    platform = {**PLATFORM, "ApiUrl": web.url}
    return Stacks({"keepfit-platform": platform, "keepfit-delay": dict(OUTPUTS), "other": {}})


@pytest.fixture
def user_pool() -> FakeUserPool:
    return FakeUserPool()


@pytest.fixture
def place(
    aws: None, stacks: Stacks, states: States, user_pool: FakeUserPool, monkeypatch: pytest.MonkeyPatch
) -> StandIn:
    """The place, with empty buckets and an empty registry; every command finds it."""
    fakes = {"cloudformation": stacks, "cognito-idp": user_pool, "stepfunctions": states}
    found = StandIn(name="stand-in", fakes=fakes)
    monkeypatch.setattr(where, "find_place", lambda *_asked: found)
    for bucket in ("intake", "lake", "artifacts"):
        found.client("s3").create_bucket(Bucket=bucket)
    _make_table(found)
    _make_functions(found)
    return found


@pytest.fixture
def deployment(place: StandIn) -> Deployment:
    return Deployment(place)


@pytest.fixture
def stores(deployment: Deployment) -> ModelStores:
    """Where the model's past is written."""
    return deployment.stores(MODEL)


@pytest.fixture
def flights(deployment: Deployment) -> DatasetStores:
    """Where the dataset's past is written."""
    return deployment.dataset_stores("flights")


@pytest.fixture
def invoked(monkeypatch: pytest.MonkeyPatch) -> Invoked:
    """The functions that commands call; answers are set by function."""
    calls = Invoked()
    monkeypatch.setattr("cli.commands.rollback.invoke", calls)
    monkeypatch.setattr("cli.commands.drift.invoke", calls)
    monkeypatch.setattr("cli.commands.incidents.invoke", calls)
    monkeypatch.setattr("cli.commands.performance.invoke", calls)
    monkeypatch.setattr("cli.commands.timeline.invoke", calls)
    monkeypatch.setattr("cli.commands.datasets.invoke", calls)
    monkeypatch.setattr("cli.commands.forget_requests.invoke", calls)
    monkeypatch.setattr("cli.commands.quarantine.invoke", calls)
    monkeypatch.setattr("cli.commands.catalogue.invoke", calls)
    monkeypatch.setattr("cli.commands.notices.invoke", calls)
    return calls


class Invoked:
    """Stands in for ``cli.places.functions.invoke``."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((function, event))
        answer = self.answers[function]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def _make_table(place: StandIn) -> None:
    keys = ("pk", "HASH"), ("sk", "RANGE")
    place.client("dynamodb").create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def _make_functions(place: StandIn) -> None:
    role = place.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    place.client("lambda").create_function(
        FunctionName="predict",
        Runtime="python3.13",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": _package("first")},
    )
    for code in ("first", "second", "third", "fourth"):
        place.client("lambda").update_function_code(
            FunctionName="predict", ZipFile=_package(code), Publish=True
        )
    place.client("lambda").create_alias(FunctionName="predict", Name="live", FunctionVersion="1")


def _package(code: str) -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("handler.py", code)
    return package.getvalue()
