from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from toolchain.lock import Lock, locks

LOCKS = locks()
each_lock = pytest.mark.parametrize(
    "lock", LOCKS, ids=lambda lock: str(lock.path.relative_to(lock.path.parents[2]))
)


def _pins(path: Path) -> dict[str, list[Requirement]]:
    """Every pinned requirement of a lock by name; one name may be pinned differently for different Pythons."""
    pins: dict[str, list[Requirement]] = {}
    for entry in _entries(path):
        requirement = Requirement(entry.split(" --hash", 1)[0])
        pins.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return pins


def _entries(path: Path) -> list[str]:
    return path.read_text().replace("\\\n", " ").splitlines()


def _asked(root: Path, lock: Lock) -> list[Requirement]:
    groups = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]
    asked = []
    for source in lock.sources:
        lines = (
            groups[source.rsplit(":", 1)[1]]
            if source.startswith("--group")
            else Path(source).read_text().splitlines()
        )
        asked += [Requirement(line) for line in (line.split("#")[0].strip() for line in lines) if line]
    return asked


def test_every_requirements_file_is_a_lock(root: Path, tracked: list[Path]) -> None:
    shipped = [path for path in tracked if not path.is_relative_to(root / "tests")]
    files = {
        path
        for path in shipped
        if path.name == "requirements.txt" or path.parent == root / "scripts" / "locks"
    }
    assert files == {lock.path for lock in LOCKS}


@each_lock
def test_a_lock_names_no_host_and_no_path(lock: Lock) -> None:
    assert not re.search(r"://|@ |^-|/(home|root|tmp|Users|work)/", lock.path.read_text(), re.MULTILINE)


@each_lock
def test_every_locked_requirement_is_pinned_and_hashed(lock: Lock) -> None:
    entries = _entries(lock.path)
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==[\w.!+]+( ; [^-]+?)?(\s+--hash=sha256:[0-9a-f]{64})+", entry), entry[
            :80
        ]


@each_lock
def test_a_lock_satisfies_what_it_is_made_from(root: Path, lock: Lock) -> None:
    pins = _pins(lock.path)
    for wanted in _asked(root, lock):
        pinned = pins.get(canonicalize_name(wanted.name), [])
        versions = [Version(next(iter(pin.specifier)).version) for pin in pinned]
        assert versions, f"{wanted} is not in {lock.path.name}: run scripts/lock"
        assert all(version in wanted.specifier for version in versions), (
            f"{wanted} against {versions}: run scripts/lock"
        )


def test_a_layer_holds_exactly_what_its_requirements_name(root: Path) -> None:
    for lock in (lock for lock in LOCKS if lock.complete):
        assert _pins(lock.path).keys() == {canonicalize_name(wanted.name) for wanted in _asked(root, lock)}


def test_one_version_of_a_package_for_each_python_in_the_whole_tree() -> None:
    seen: dict[tuple[str, str], set[str]] = {}
    for lock in (lock for lock in LOCKS if not lock.apart):
        for name, pinned in _pins(lock.path).items():
            for pin in pinned:
                seen.setdefault((name, str(pin.marker or "") if len(pinned) > 1 else ""), set()).add(
                    str(pin.specifier)
                )
    assert {key: versions for key, versions in seen.items() if len(versions) > 1} == {}


def test_nothing_needs_docker_or_a_graphics_card() -> None:
    names = {name for lock in LOCKS for name in _pins(lock.path)}
    asks_whether_there_is_a_card = {"nvidia-ml-py"}  # BentoML does, and goes on without one
    assert not {n for n in names if n == "docker" or n.startswith("nvidia-")} - asks_whether_there_is_a_card


def test_every_base_image_is_pinned_by_digest(root: Path) -> None:
    dockerfiles = list(root.glob("functions/*/Dockerfile"))
    assert dockerfiles
    for path in dockerfiles:
        bases = re.findall(r"^FROM (.*)$", path.read_text(), re.MULTILINE)
        assert bases, path
        for base in bases:
            assert re.fullmatch(r"[\w./:-]+:[\w.-]+@sha256:[0-9a-f]{64}( AS \w+)?", base), base
