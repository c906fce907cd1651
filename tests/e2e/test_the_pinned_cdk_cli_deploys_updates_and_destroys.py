"""As a user with an AWS account would: bootstrap, deploy, update, destroy; with the CLI's own roles, IAM on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.cdk_cli import CdkCli, install
from localcloud.cloud import Cloud
from localcloud.endpoint import Endpoint

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The product's app, as ``cdk.json`` names it, and an embedded cloud that was just bootstrapped."""

    cli: CdkCli
    endpoint: Endpoint
    output: Path

    def run(self, command: str, *arguments: str) -> str:
        """One command over all stacks."""
        environment = {name: os.environ[name] for name in ("KEEPFIT_UV",) if name in os.environ}
        return self.cli.run(
            self.endpoint,
            *(command, "--all", "--output", str(self.output), "--build", "scripts/build local", *arguments),
            cwd=ROOT,
            environment={**environment, "KEEPFIT_BUILD_TARGET": "local"},
        )

    def stacks(self) -> dict[str, str]:
        """Status by name of the stacks that exist, the CLI's own left out, that of the layers without its digest."""
        found = self.endpoint.client("cloudformation").describe_stacks()["Stacks"]
        return {
            re.sub(r"^(keepfit-layers)-[0-9a-f]{8}$", r"\1", stack["StackName"]): stack["StackStatus"]
            for stack in found
            if stack["StackName"] != "CDKToolkit"
        }

    def output_of(self, stack: str, key: str) -> str:
        described = self.endpoint.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return str(next(each["OutputValue"] for each in described["Outputs"] if each["OutputKey"] == key))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    cloud = Cloud(name="cdk-cli", root=tmp_path_factory.mktemp("clouds"))
    endpoint = cloud.up()
    cli = install(ROOT / ".keepfit" / "cache")
    cli.run(endpoint, "bootstrap", f"aws://{endpoint.account}/{endpoint.region}", cwd=cli.home)
    yield App(cli=cli, endpoint=endpoint, output=tmp_path_factory.mktemp("cdk.out"))
    cloud.down()


def alias_of(app: App) -> dict[str, Any]:
    name = app.output_of("keepfit-flight-delay", "PredictFunction")
    alias: dict[str, Any] = app.endpoint.client("lambda").get_alias(FunctionName=name, Name="live")
    return alias


@pytest.mark.long
def test_the_pinned_cdk_cli_deploys_updates_and_destroys(app: App) -> None:
    app.run("deploy", "--require-approval", "never", "-c", "keepfit:removal=retain")
    layers = {"keepfit-layers": "CREATE_COMPLETE"}
    assert app.stacks() == {
        "keepfit-platform": "CREATE_COMPLETE", "keepfit-flight-delay": "CREATE_COMPLETE", **layers
    }  # fmt: skip
    alias = alias_of(app)
    answer = app.endpoint.client("lambda").invoke(FunctionName=alias["AliasArn"], Payload=b"{}")
    assert json.loads(answer["Payload"].read()) is not None

    # What happens to data when a stack is deleted is a property of nearly every stateful resource.
    app.run("deploy", "--require-approval", "never", "-c", "keepfit:removal=destroy")
    assert app.stacks() == {
        "keepfit-platform": "UPDATE_COMPLETE", "keepfit-flight-delay": "UPDATE_COMPLETE", **layers
    }  # fmt: skip
    assert alias_of(app)["RevisionId"] == alias["RevisionId"]

    bucket = app.output_of("keepfit-platform", "IntakeBucket")
    app.run("destroy", "--force", "-c", "keepfit:removal=destroy")
    assert app.stacks() == {}
    with pytest.raises(ClientError):
        app.endpoint.client("s3").head_bucket(Bucket=bucket)
