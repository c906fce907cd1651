"""One embedded cloud for the whole session, with the app in ``app/`` deployed to it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

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
