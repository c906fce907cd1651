"""Deploys the project to an embedded cloud: build, synthesize, start, deploy."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bundling.targets import Target
from cli.checkout import models_folder
from cli.places.deployment import Deployment
from cli.places.place import at_cloud
from cli.project import synthesis
from keepfit.definitions import compiling
from localcloud.cloud import Cloud
from localcloud.deployer import deploy
from localcloud.endpoint import Endpoint
from toolchain.folders import project_folder

Tell = Callable[[str], None]


def bring_up(cloud: Cloud, tell: Tell, *, fresh: bool = False) -> Deployment:
    """Deploys every stack of the project; from then on this process's clients are the deployment's.

    The cloud comes up as it was left, or with ``fresh`` from nothing, while the packages are built. One deployment to a
    cloud waits for another.

    Raises:
        CommandError: the build or the synthesis failed; the message ends with its output.
        InvalidDefinition: raised before anything is built or started.
        LocalCloudError: the cloud did not start, or a stack could not be deployed.
    """
    compiling.compile_all(models_folder())
    with _alone(cloud.name, tell):
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(_start, cloud, fresh)
            assembly = synthesize(cloud.name, tell)
            tell("starting the embedded cloud")
            endpoint = starting.result()
        tell("deploying the stacks")
        deploy(endpoint, assembly, tell)
    place = at_cloud(cloud.name, endpoint)
    place.enter()
    return Deployment(place)


def synthesized(name: str, tell: Tell, target: Target) -> Path:
    """The folder that ``synthesize`` makes, once no deployment reads or makes it. Raises the same."""
    with _alone(name, tell):
        return synthesize(name, tell, target)


@contextmanager
def _alone(name: str, tell: Tell) -> Iterator[None]:
    """Holds the only deployment to a cloud; waits while another process has it."""
    _assembly(name).parent.mkdir(exist_ok=True)
    with _assembly(name).with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another deployment of this project to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _assembly(name: str) -> Path:
    return project_folder() / "cdk.out" / f"local-{name}"


def _start(cloud: Cloud, fresh: bool) -> Endpoint:
    if fresh:
        cloud.reset()
    return cloud.up()


def synthesize(name: str, tell: Tell, target: Target = Target.LOCAL) -> Path:
    """Makes the folder with the app's templates and assets, built for a target; each cloud has its own.

    Synthesis is a function of files, so it is done again only when one of them has changed.

    Raises:
        CommandError: the build or the synthesis failed; the message ends with its output.
    """
    assembly = _assembly(name)
    made_of = assembly.with_suffix(".made-of")
    tell("building the layers and the training image")
    synthesis.build(target)
    inputs = synthesis.inputs(target)
    if made_of.exists() and made_of.read_text() == inputs and (assembly / "manifest.json").exists():
        return assembly
    tell("synthesizing the CDK app")
    made_of.unlink(missing_ok=True)
    shutil.rmtree(assembly, ignore_errors=True)
    # The emulator refuses what it cannot deploy; CloudFormation's rules are checked where AWS is the target.
    synthesis.synthesize(assembly, target, CDK_VALIDATION=str(target is Target.AWS).lower())
    made_of.write_text(inputs)
    return assembly
