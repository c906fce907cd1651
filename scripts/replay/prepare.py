"""Brings a site up from nothing: builds the packages, synthesizes the app, starts the embedded cloud, deploys."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localcloud.cloud import Cloud
from localcloud.deployer import deploy
from localcloud.endpoint import Endpoint

from replay.site import Site

ROOT = Path(__file__).resolve().parents[2]
MODEL = "flight_delay"


def bring_up(cloud: Cloud, tell: Callable[[str], None]) -> Site:
    """The site with every stack deployed. The cloud starts from nothing: a replay begins on New Year's Day."""
    assembly = ROOT / "cdk.out" / "local"
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(_start_afresh, cloud)
        tell("building the layers and the training image")
        _run([str(ROOT / "scripts" / "build"), "local"])
        tell("synthesizing the CDK app")
        _run([sys.executable, str(ROOT / "app.py")], CDK_OUTDIR=str(assembly), KEEPFIT_BUILD_TARGET="local")
        tell("starting the embedded cloud")
        endpoint = starting.result()
    tell("deploying the stacks")
    return Site(endpoint=endpoint, model=MODEL, outputs=deploy(endpoint, assembly, tell))


def _start_afresh(cloud: Cloud) -> Endpoint:
    cloud.reset()
    return cloud.up()


def _run(command: list[str], **extra: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    done = subprocess.run(
        command, cwd=ROOT, env={**clean, **extra}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)} failed with exit code {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
