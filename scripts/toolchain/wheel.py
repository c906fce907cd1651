"""Lays out the wheel: the checkout's tree inside of the package `keepfit_tools`.

In the checkout `cli`, `infra` and the like are imported by these names, which are too common to be installed. Imports
are rewritten by the syntax tree: `from infra.app import A` becomes `from keepfit_tools.infra.app import A`.
Folders keep their places below the package, so that a file finds its neighbours as it does in the checkout.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PACKAGE: Final = "keepfit_tools"
MOVED: Final = {
    "infra": f"{PACKAGE}.infra",
    **{
        name: f"{PACKAGE}.scripts.{name}"
        for name in ("bundling", "cli", "localcloud", "planning", "toolchain")
    },
}
# Modules that are named in texts, such as "cli.commands.status:status".
_NAMED: Final = re.compile(rf"({'|'.join(MOVED)})((?:\.\w+)+(?::\w+)?)")

_SHIPPED: Final = (
    "app.py",
    "infra/**/*",
    "functions/**/*",
    "layers/*/requirements.*",
    "scripts/bundling/**/*",
    "scripts/cli/**/*",
    "scripts/localcloud/**/*",
    "scripts/locks/demo.txt",
    "scripts/planning/**/*",
    "scripts/toolchain/__init__.py",
    "scripts/toolchain/folders.py",
    "scripts/toolchain/surroundings.py",
)
_APART: Final = {f"scripts/{PACKAGE}": PACKAGE, "scripts/keepfit_cdk": "keepfit_cdk"}


def layout(root: Path) -> dict[str, Path]:
    """The files of the checkout ``root`` by their paths in the wheel, beside the library."""
    found = {f"{PACKAGE}/{path.relative_to(root).as_posix()}": path for path in _files(root, _SHIPPED)}
    for source, package in _APART.items():
        for path in _files(root, (f"{source}/*",)):
            found[f"{package}/{path.name}"] = path
    return found


def write_tree(root: Path, into: Path) -> None:
    """Writes the files of ``layout`` below ``into``, with their imports rewritten."""
    for name, path in layout(root).items():
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py" and not name.startswith(f"{PACKAGE}/functions/"):
            target.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copyfile(path, target)


def rewritten(code: str) -> str:
    """``code`` with the names of moved packages replaced wherever it imports or names a module.

    >>> rewritten("from infra.app import KeepfitApp")
    'from keepfit_tools.infra.app import KeepfitApp'
    >>> rewritten("import bundling")
    'import keepfit_tools.scripts.bundling as bundling'
    """
    lines = code.splitlines(keepends=True)
    for row, column, old, new in sorted(set(_changes(ast.parse(code))), reverse=True):
        line = lines[row - 1].encode()
        before, after = line[:column].decode(), line[column:].decode()
        lines[row - 1] = before + after.replace(old, new, 1)
    return "".join(lines)


def _changes(tree: ast.Module) -> Iterator[tuple[int, int, str, str]]:
    """Line and column of each node to change, and what to replace there."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            first, dot, rest = node.module.partition(".")
            if first in MOVED:
                yield node.lineno, node.col_offset, node.module, MOVED[first] + dot + rest
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in MOVED:
                    yield node.lineno, node.col_offset, *_import_as(alias)
        elif isinstance(node, ast.Constant) and id(node) not in inside and (named := _named(node.value)):
            yield node.lineno, node.col_offset, named[0], MOVED[named[1]] + named[2]


def _named(value: object) -> re.Match[str] | None:
    """The module that a text names."""
    return _NAMED.fullmatch(value) if isinstance(value, str) else None


def _import_as(alias: ast.alias) -> tuple[str, str]:
    """Raises ValueError for an import whose name could not stay what it is."""
    if "." in alias.name or alias.asname:
        raise ValueError(
            f"write `from … import …` for `import {alias.name}`: the wheel gives it another name"
        )
    return f"import {alias.name}", f"import {MOVED[alias.name]} as {alias.name}"


def _files(root: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
