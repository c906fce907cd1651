"""One embedded cloud for the whole session, with the app in ``app/`` deployed to it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloud import Cloud
from localcloud.deployer import deploy
from localcloud.endpoint import Endpoint
from tests.localcloud.loop import Loop, synthesize

# Programs that are deployed, not modules of ours.
collect_ignore = ["app"]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "localcloud"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def assembly(shared: Path) -> Path:
    """The app, synthesized once."""
    with (shared / "synthesis").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outdir = shared / "cdk.out"
        return outdir if (outdir / "manifest.json").exists() else synthesize(outdir)


@pytest.fixture(scope="session")
def clouds(shared: Path) -> Iterator[Callable[[str], Cloud]]:
    """Makes clouds that share what clouds may share, and stops them in the end."""
    made: list[Cloud] = []

    def make(name: str) -> Cloud:
        made.append(Cloud(name=f"{name}-{os.getpid()}", root=shared))
        return made[-1]

    yield make
    for cloud in made:
        cloud.down()


@pytest.fixture(scope="session")
def cloud(clouds: Callable[[str], Cloud]) -> Endpoint:
    """The session's cloud."""
    return clouds("session").up()


@pytest.fixture(scope="session")
def loop(cloud: Endpoint, assembly: Path) -> Loop:
    """The app, deployed."""
    deployed = deploy(cloud, assembly)
    outputs = {
        name.removeprefix("Output"): value for stack in deployed.values() for name, value in stack.items()
    }
    return Loop(endpoint=cloud, outputs=outputs)


@pytest.fixture
def someone_who_may(loop: Loop) -> Iterator[Callable[..., Callable[[str], Any]]]:
    """Makes an IAM user with one statement; gives the user's clients."""
    iam = loop.client("iam")
    made: list[str] = []

    def make(action: str, resource: str, condition: dict[str, Any] | None = None) -> Callable[[str], Any]:
        name = f"may-{action.replace(':', '-')}-{len(made)}"
        iam.create_user(UserName=name)
        made.append(name)
        statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition or {}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="one", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return lambda service: loop.endpoint.client_with(service, key["AccessKeyId"], key["SecretAccessKey"])

    yield make
    for name in made:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName="one")
        iam.delete_user(UserName=name)
