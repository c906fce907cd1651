"""The library's sources as they are written: modules, and what each name in them stands for."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.infra.assembly import ROOT

LIBRARY = ROOT / "layers" / "keepfit" / "python"
FUNCTIONS = ROOT / "functions"


@dataclass(frozen=True, slots=True)
class Module:
    """A module's syntax tree; what it defines, by name; and where what it imports is defined.

    That is ``(module, name)``, or ``(module, None)`` for a whole module.
    """

    name: str
    tree: ast.Module
    defined: dict[str, ast.stmt]
    imported: dict[str, tuple[str, str | None]]


@cache
def module(name: str) -> Module | None:
    """A module of the library, or of a function as ``functions.<name>``; None for anybody else's."""
    path = _path(name)
    if path is None:
        return None
    tree = ast.parse(path.read_text())
    return Module(name=name, tree=tree, defined=_defined(tree), imported=_imported(tree))


def _defined(tree: ast.Module) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    conditional = [one for statement in tree.body if isinstance(statement, ast.If) for one in statement.body]
    for statement in (*tree.body, *conditional):
        match statement:
            case (
                ast.FunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                found[name] = statement
    return found


def _imported(tree: ast.Module) -> dict[str, tuple[str, str | None]]:
    imported: dict[str, tuple[str, str | None]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    imported[alias.asname or alias.name.partition(".")[0]] = (alias.name, None)
            case ast.ImportFrom(module=str(origin), names=names):
                for alias in names:
                    whole = f"{origin}.{alias.name}"
                    is_module = _path(whole) is not None
                    imported[alias.asname or alias.name] = (
                        (whole, None) if is_module else (origin, alias.name)
                    )
    return imported


def _path(name: str) -> Path | None:
    parts = name.split(".")
    if parts[0] == "functions":
        folder = FUNCTIONS.joinpath(*parts[1:])
        candidates = [folder / name for name in ("handler.py", "step.py", "server.py")]
    else:
        candidates = [LIBRARY.joinpath(*parts).with_suffix(".py"), LIBRARY.joinpath(*parts) / "__init__.py"]
    return next((path for path in candidates if path.is_file()), None)
