"""First lines of docstrings: present, short, and in the field's terms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOTS = (
    "layers/keepfit",
    "infra",
    "functions",
    "scripts/bundling",
    "scripts/cli",
    "scripts/localcloud",
    "scripts/proofs",
    "scripts/replay",
    "scripts/toolchain",
)
_MAX_LENGTH = 100
# Words for what a standard term says better: the subject comes first, and code neither talks nor listens.
_DIALECT = re.compile(
    r"\b(whoever|nobody|everybody|is asked|are asked|is told|are told|was told|told of|tells|"
    r"becomes? of|became of|no news|puts together|as the environment says)\b",
    re.IGNORECASE,
)

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def modules(root: Path, tracked: list[Path]) -> dict[str, ast.Module]:
    """The syntax tree of every Python file of the product, by its path."""
    names = {str(path.relative_to(root)): path for path in tracked if path.suffix == ".py"}
    return {name: ast.parse(path.read_text()) for name, path in names.items() if name.startswith(_ROOTS)}


def _first_lines(modules: dict[str, ast.Module]) -> Iterator[tuple[str, str]]:
    for name, module in modules.items():
        for node in ast.walk(module):
            if isinstance(node, Documented) and (docstring := ast.get_docstring(node)):
                yield f"{name}:{getattr(node, 'lineno', 1)}", docstring.splitlines()[0]


def _public(module: ast.Module) -> Iterator[Documented]:
    """The module, its public classes and functions, and what the protocols among them declare."""
    yield module
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield node
            if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
                yield from (
                    method
                    for method in node.body
                    if isinstance(method, ast.FunctionDef) and method.name[0] != "_"
                )


def test_everything_public_in_the_library_has_a_docstring(modules: dict[str, ast.Module]) -> None:
    assert [
        f"{name}: {getattr(node, 'name', 'the module')}"
        for name, module in modules.items()
        if name.startswith("layers/")
        for node in _public(module)
        if not ast.get_docstring(node)
    ] == []


def test_first_lines_are_short_sentences(modules: dict[str, ast.Module]) -> None:
    assert [
        f"{place}: {len(line)} characters: {line}"
        for place, line in _first_lines(modules)
        if len(line) > _MAX_LENGTH or not line.endswith(".")
    ] == []


def test_first_lines_are_in_the_terms_of_the_field(modules: dict[str, ast.Module]) -> None:
    assert [f"{place}: {line}" for place, line in _first_lines(modules) if _DIALECT.search(line)] == []
