"""Builds bundles and synthesizes the CDK app of the project: its own, or keepfit's where it has none."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bundling
from bundling.digests import digest, tree
from bundling.targets import Target
from cli.checkout import ROOT, models_folder
from cli.exits import CommandError
from keepfit import variables
from toolchain.folders import build_folder, project_folder

_MAX_OUTPUT = 4000
_LOCK = "scripts/locks/demo.txt"
_SOURCES = ("infra", "functions", "layers", "scripts/bundling")
_APP = ("app.py", "cdk.json")
# Folders of a project that hold no source of its CDK app.
_NOT_SOURCES = {"build", "cdk.out", "models", "node_modules", "venv"}


def build(target: Target) -> None:
    """Makes the layers, the handler and the images' contexts for ``local`` or ``aws``.

    Raises:
        CommandError: ends with what the build printed.
    """
    run([sys.executable, "-m", bundling.__name__, target])


def synthesize(outdir: Path, target: Target, *, project: Path | None = None, **extra: str) -> None:
    """Writes templates and assets to ``outdir``, of what was built for the target.

    ``project`` is another folder than the one that is worked in, such as that of an earlier revision.

    Raises:
        CommandError: ends with what the app printed.
    """
    folder = project or project_folder(ROOT)
    app = next(path for path in (folder / "app.py", ROOT / "app.py") if path.is_file())
    chosen = {"KEEPFIT_PROJECT": str(folder), "KEEPFIT_BUILD": str(build_folder(ROOT))} if project else {}
    cache = project_folder(ROOT) / ".keepfit" / "cache" / "jsii"
    extra.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(cache))
    run([sys.executable, str(app)], CDK_OUTDIR=str(outdir), KEEPFIT_BUILD_TARGET=target, **chosen, **extra)


def inputs(target: Target) -> str:
    """A digest of all that templates and assets are made of, packages and settings included."""
    project = project_folder(ROOT)
    files = {name: project / name for name in _APP if (project / name).is_file()}
    files |= {_LOCK: ROOT / _LOCK, "manifest": build_folder(ROOT) / target / "manifest.json"}
    files |= tree(models_folder(), under="models/")
    for folder in _SOURCES:
        files |= tree(ROOT / folder, under=f"{folder}/")
    if project != ROOT:
        files |= {f"project/{path.relative_to(project)}": path for path in _own_code(project)}
    tracking = hashlib.sha256(os.environ.get(variables.MLFLOW_URI, "").encode()).hexdigest()
    return f"{digest(files)} {tracking}"


def run(command: list[str], **extra: str) -> None:
    """Runs a program in the project, without the caller's settings of AWS and CDK.

    Raises:
        CommandError: it failed.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    done = subprocess.run(
        command,
        cwd=project_folder(ROOT),
        env={**clean, **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = f"{done.stdout[-_MAX_OUTPUT // 2 :]}\n{done.stderr[-_MAX_OUTPUT:]}".strip()
        raise CommandError(f"{' '.join(command)} failed with exit code {done.returncode}:\n{output}")


def _own_code(project: Path) -> Iterator[Path]:
    for folder, inside, names in os.walk(project):
        inside[:] = [name for name in inside if name not in _NOT_SOURCES and not name.startswith(".")]
        yield from (Path(folder) / name for name in names if name.endswith(".py"))
