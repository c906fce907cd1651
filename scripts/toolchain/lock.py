"""Resolves every requirement of the tree together, and writes each lock as a part of that.

No package has two versions in two locks.

What the benchmarks compare with, what ships tables, MLflow and Spark are resolved apart: they are no part of keepfit.
The base images of Dockerfiles are pinned in the same manner, each in its Dockerfile.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from toolchain.base_images import DigestUnknown, resolve_images
from toolchain.environment import ROOT
from toolchain.surroundings import surroundings

_FORM = ("--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--quiet")

# What stands apart, by the folder of its requirements; of some, all that is installed is named there.
_APART = {
    "peers": "tests/bench",
    "servers": "tests/bench/serving",
    "api": "scripts/proofs/api_contract",
    "clients": "scripts/proofs/inference_clients",
    "tables": "scripts/proofs/tables",
    "mlflow": "scripts/proofs/mlflow_users",
    "spark": "scripts/proofs/spark",
}
_COMPLETE = ("tables", "mlflow", "spark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One lock file and the requirements that it is made from.

    ``complete`` requirements name all that is installed: a layer holds just what runs, not what is only declared.
    One ``apart`` is of an environment of its own, whose versions need not be those of the tree.
    """

    path: Path
    sources: tuple[str, ...]
    complete: bool = False
    apart: bool = False


def locks(root: Path = ROOT) -> list[Lock]:
    """Every lock of the tree: one for each dependency group, layer and image."""
    layers = [_part(source, complete=True) for source in sorted(root.glob("layers/*/requirements.in"))]
    images = [_part(source, complete=False) for source in sorted(root.glob("functions/*/requirements.in"))]
    parts = layers + images
    groups = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]
    project = root / "pyproject.toml"
    folder = root / "scripts" / "locks"
    return [
        *parts,
        *(
            Lock(
                path=folder / f"{name}.txt",
                sources=(str(root / source / "requirements.in"),),
                complete=name in _COMPLETE,
                apart=True,
            )
            for name, source in _APART.items()
        ),
        *(
            Lock(
                path=folder / f"{group}.txt",
                sources=(
                    f"--group={project}:{group}",
                    *(s for part in parts for s in part.sources if group == "demo"),
                ),
            )
            for group in groups
        ),
    ]


def _part(source: Path, *, complete: bool) -> Lock:
    return Lock(path=source.with_suffix(".txt"), sources=(str(source),), complete=complete)


def resolve(folder: Path, *, upgrade: bool) -> dict[Path, bytes]:
    """The path of each lock with its new content.

    The union is resolved first, preferring what is pinned now, and constrains every lock: one version of a package
    in the whole tree for each Python.
    """
    wanted = [lock for lock in locks() if not lock.apart]
    union = folder / "union.txt"
    union.write_text("" if upgrade else _pinned(wanted))
    _compile(*dict.fromkeys(source for lock in wanted for source in lock.sources), output=union)
    made = {}
    for number, lock in enumerate(wanted):
        output = folder / f"{number}.txt"
        _compile(
            *lock.sources,
            "--constraints",
            str(union),
            *(["--no-deps"] if lock.complete else []),
            output=output,
        )
        made[lock.path] = output.read_bytes()
    for lock in (lock for lock in locks() if lock.apart):
        output = folder / lock.path.name
        output.write_text("" if upgrade else _pinned([lock]))
        _compile(*lock.sources, *(["--no-deps"] if lock.complete else []), output=output)
        made[lock.path] = output.read_bytes()
    return made


def _pinned(these: list[Lock]) -> str:
    return "\n".join(lock.path.read_text() for lock in these if lock.path.exists())


def _compile(*arguments: str, output: Path) -> None:
    uv = str(ROOT / ".boot" / "bin" / "uv")
    command = [
        uv,
        "pip",
        "compile",
        *arguments,
        *_FORM,
        "--python-version",
        "3.11",
        "--output-file",
        str(output),
    ]
    subprocess.run(command, check=True, cwd=ROOT, env=surroundings(ROOT), stdout=subprocess.DEVNULL)


def main() -> int:
    """The exit code: 0, or 1 where ``--check`` finds a stale lock or a base image cannot be pinned."""
    parser = argparse.ArgumentParser(prog="scripts/lock", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 and name the locks that differ"
    )
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions the ranges allow")
    options = parser.parse_args()
    try:
        images = resolve_images(ROOT, upgrade=options.upgrade)
    except DigestUnknown as error:
        print(f"scripts/lock: {error}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        made = resolve(Path(folder), upgrade=options.upgrade) | images
    changed = [path for path, content in made.items() if not path.exists() or path.read_bytes() != content]
    for path in changed:
        print(f"{'differs' if options.check else 'wrote'}: {path.relative_to(ROOT)}")
        if not options.check:
            path.write_bytes(made[path])
    return 1 if changed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
