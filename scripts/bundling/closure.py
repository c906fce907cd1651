"""The import closure of a module: the files of its package that it needs.

Read from imports and names, without running anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from bundling.errors import SourceMissing


def closure(package: Path, module: str) -> dict[str, Path]:
    """The files that ``module`` (``runtime.predict``) imports or names, by their path beside ``package``.

    Raises:
        SourceMissing: there is no such module.
    """
    start = _file(package, module.split("."))
    if start is None:
        raise SourceMissing(f"{package.name}.{module} does not exist in {package}: restore it")
    found: dict[str, Path] = {}
    waiting = [start]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(package.parent).as_posix()
        if name not in found:
            found[name] = path
            waiting += [*_packages_around(package, path), *_imports(package, path)]
    return found


def _imports(package: Path, path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value]  # registries name modules, and import one when it is asked for
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from keepfit import errors` names a module, `from keepfit.errors import NotFound` does not.
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            first, *rest = name.split(".")
            if first == package.name and (found := _file(package, rest)):
                yield found


def _file(package: Path, parts: list[str]) -> Path | None:
    place = package.joinpath(*parts)
    for candidate in (place.with_suffix(".py"), place / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _packages_around(package: Path, path: Path) -> Iterator[Path]:
    for folder in path.relative_to(package.parent).parents:
        around = package.parent / folder / "__init__.py"
        if folder.parts and around.is_file():
            yield around
