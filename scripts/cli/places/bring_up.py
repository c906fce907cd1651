"""Deploys this checkout to an embedded cloud: build, synthesize, start, deploy."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bundling.digests import digest, tree
from bundling.targets import Target
from cli.checkout import ROOT, models_folder
from cli.exits import CommandError
from cli.places.deployment import Deployment
from cli.places.place import at_cloud
from keepfit import variables
from keepfit.definitions import compiling
from localcloud.cloud import Cloud
from localcloud.deployer import deploy
from localcloud.endpoint import Endpoint

_MAX_OUTPUT = 4000
_INPUT_FILES = ("app.py", "cdk.json", "scripts/locks/demo.txt")
_INPUT_FOLDERS = ("infra", "functions", "layers", "scripts/bundling")

Tell = Callable[[str], None]


def bring_up(cloud: Cloud, tell: Tell, *, fresh: bool = False) -> Deployment:
    """Deploys every stack of this checkout; from then on this process's clients are the deployment's.

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
    (ROOT / "cdk.out").mkdir(exist_ok=True)
    with _assembly(name).with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another deployment of this checkout to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _assembly(name: str) -> Path:
    return ROOT / "cdk.out" / f"local-{name}"


def _start(cloud: Cloud, fresh: bool) -> Endpoint:
    if fresh:
        cloud.reset()
    return cloud.up()


def synthesize(name: str, tell: Tell, target: Target = Target.LOCAL) -> Path:
    """Makes the folder with the app's templates and assets, built for a target; each cloud has its own.

    Synthesis is a function of this checkout's files, so it is done again only when one of them has changed.

    Raises:
        CommandError: the build or the synthesis failed; the message ends with its output.
    """
    assembly = _assembly(name)
    made_of = assembly.with_suffix(".made-of")
    tell("building the layers and the training image")
    _run([str(ROOT / "scripts" / "build"), target])
    inputs = _inputs(target)
    if made_of.exists() and made_of.read_text() == inputs and (assembly / "manifest.json").exists():
        return assembly
    tell("synthesizing the CDK app")
    made_of.unlink(missing_ok=True)
    shutil.rmtree(assembly, ignore_errors=True)
    # The emulator refuses what it cannot deploy; CloudFormation's rules are checked where AWS is the target.
    settings = {"KEEPFIT_BUILD_TARGET": target, "CDK_VALIDATION": str(target is Target.AWS).lower()}
    _run([sys.executable, str(ROOT / "app.py")], CDK_OUTDIR=str(assembly), **settings)
    made_of.write_text(inputs)
    return assembly


def _inputs(target: Target) -> str:
    """A digest of all that templates and assets are made of, packages and settings included."""
    files = {name: ROOT / name for name in (*_INPUT_FILES, f"build/{target}/manifest.json")}
    files |= tree(models_folder(), under="models/")
    for folder in _INPUT_FOLDERS:
        files |= tree(ROOT / folder, under=f"{folder}/")
    tracking = hashlib.sha256(os.environ.get(variables.MLFLOW_URI, "").encode()).hexdigest()
    return f"{digest(files)} {tracking}"


def _run(command: list[str], **extra: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    done = subprocess.run(
        command, cwd=ROOT, env={**clean, **extra}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        output = f"{done.stdout[-_MAX_OUTPUT // 2 :]}\n{done.stderr[-_MAX_OUTPUT:]}".strip()
        raise CommandError(f"{' '.join(command)} failed with exit code {done.returncode}:\n{output}")
