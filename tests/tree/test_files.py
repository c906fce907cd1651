from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

# Written in two pieces so that this file passes its own test.
_MACHINE_PATHS = re.compile(
    "|".join("/" + rest for rest in ("root/", "work/", "farm/", "home/[a-z]", "Users/[a-z]"))
)
_LEFT_OVER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def _texts(tracked: list[Path]) -> list[tuple[Path, str]]:
    return [
        (path, path.read_bytes().decode("utf-8", errors="ignore"))
        for path in tracked
        if b"\0" not in path.read_bytes()
    ]


def test_every_toml_and_json_file_can_be_read(tracked: list[Path]) -> None:
    readers = {".toml": tomllib.loads, ".json": json.loads}
    read = [readers[path.suffix](path.read_text()) for path in tracked if path.suffix in readers]
    assert all(read), "a file is empty"
    assert len(read) > 1


def test_no_file_names_a_path_of_some_machine(tracked: list[Path]) -> None:
    found = [
        f"{path.name}: {hit.group()}"
        for path, text in _texts(tracked)
        if (hit := _MACHINE_PATHS.search(text))
    ]
    assert found == []


def test_nothing_is_left_for_later(tracked: list[Path]) -> None:
    assert [path.name for path, text in _texts(tracked) if _LEFT_OVER.search(text)] == []


def test_every_script_can_be_executed(root: Path, tracked: list[Path]) -> None:
    programs = [path for path in tracked if path.parent == root / "scripts"] + [root / ".ci" / "run"]
    assert programs
    for path in programs:
        assert path.stat().st_mode & 0o111, f"{path.name} is not executable"
        assert path.read_text().startswith("#!"), f"{path.name} names no interpreter"


def test_no_module_is_a_drawer_for_everything(tracked: list[Path]) -> None:
    drawers = {"utils", "util", "helpers", "common", "constants", "manager", "misc"}
    assert [
        path.name for path in tracked if path.suffix == ".py" and {path.stem, path.parent.name} & drawers
    ] == []


def test_infra_and_functions_know_each_other_only_as_paths(root: Path, tracked: list[Path]) -> None:
    for owner, stranger in (("functions", "infra"), ("infra", "functions")):
        imports = re.compile(rf"^\s*(from|import) {stranger}\b", re.MULTILINE)
        files = [path for path in tracked if path.suffix == ".py" and path.is_relative_to(root / owner)]
        assert [path for path in files if imports.search(path.read_text())] == []
