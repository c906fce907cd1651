from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from localcloud import emulator
from localcloud.environment import scrubbed
from localcloud.errors import UnknownEmulator
from localcloud.overlay.patching import expect, replace, wrap


def test_the_installed_version_is_the_one_the_overlay_was_written_for() -> None:
    assert emulator.require_supported() == emulator.SUPPORTED == metadata.version("ministack")


def test_another_version_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "1.5.34")
    with pytest.raises(UnknownEmulator, match=r"1\.5\.34 is installed.*patches 1\.5\.33.*tests/localcloud"):
        emulator.require_supported()


def test_the_launcher_does_not_start_on_another_version(tmp_path: Path) -> None:
    program = (
        "import sys, importlib.metadata as metadata, runpy\n"
        "metadata.version = lambda name: '9.9'\n"
        f"sys.argv = ['launcher', '--state', {str(tmp_path / 'state')!r}, '--shared', {str(tmp_path / 'shared')!r}]\n"
        "runpy.run_module('localcloud.launcher', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**scrubbed(), "PYTHONPATH": str(Path(emulator.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("UnknownEmulator: ministack 9.9 is installed")


def original(one: int, two: int) -> int:
    return one + two


@pytest.fixture
def place() -> SimpleNamespace:
    return SimpleNamespace(__name__="place", add=original, table={"Add": original})


def test_a_patch_is_refused_where_its_target_is_gone(place: SimpleNamespace) -> None:
    with pytest.raises(UnknownEmulator, match=r"place\.multiply does not exist"):
        replace(place, "multiply", lambda: 0)


def test_a_patch_is_refused_where_its_target_takes_other_arguments(place: SimpleNamespace) -> None:
    with pytest.raises(UnknownEmulator, match=r"place\.add takes \(one,two\), not \(one\)"):
        wrap(place, "add", lambda add: add, params="one")


def test_a_patch_is_refused_where_its_target_does_something_else(place: SimpleNamespace) -> None:
    with pytest.raises(UnknownEmulator, match="no longer contains 'one - two'"):
        expect(place, "add", contains=("one - two",))


def test_a_patch_reaches_the_tables_that_hold_its_target(place: SimpleNamespace) -> None:
    wrap(place, "add", lambda add: lambda one, two: 10 * add(one, two), params="one,two")
    assert place.add(1, 2) == place.table["Add"](1, 2) == 30
