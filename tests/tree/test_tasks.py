"""Only the tasks themselves know which task a model has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepfit.evaluation.tasks.registry import LISTINGS
from tests.tree.conftest import ROOT

KINDS = {*LISTINGS}
TASKS = ("layers/keepfit/python/keepfit/tasks", "layers/keepfit/python/keepfit/evaluation/tasks")


def compared_kinds(code: str) -> Iterator[int]:
    """Lines on which a task's kind, or the name of one, is compared, matched or looked for."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Compare) and any(map(_is_kind, [node.left, *node.comparators])):
            yield node.lineno
        if isinstance(node, ast.MatchValue) and _is_kind(node.value):
            yield node.value.lineno


def _is_kind(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in KINDS
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(_is_kind, node.elts))
    if isinstance(node, ast.Attribute):
        return (
            node.attr == "kind"
            and isinstance(node.value, ast.Attribute | ast.Name)
            and _names_a_task(node.value)
        )
    return False


def _names_a_task(node: ast.Attribute | ast.Name) -> bool:
    return (node.attr if isinstance(node, ast.Attribute) else node.id) in ("task", "spec", "BINARY")


@pytest.mark.parametrize(
    "code",
    [
        "if model.task == 'binary': pass",
        "if 'binary' != kind: pass",
        "if kind in ('binary', 'other'): pass",
        "if signature.task.kind == other: pass",
        "if spec.kind not in known: pass",
        "match task:\n    case 'binary': pass",
    ],
)
def test_a_comparison_of_kinds_is_seen(code: str) -> None:
    assert list(compared_kinds(code))


@pytest.mark.parametrize(
    "code", ["if line.kind == 'golden': pass", "tasks = {'binary': 1}", "kind == bins.kind"]
)
def test_what_is_no_comparison_of_kinds_is_left_alone(code: str) -> None:
    assert not list(compared_kinds(code))


def test_nothing_but_a_task_asks_which_task_it_is() -> None:
    own = [ROOT / folder for folder in TASKS]
    asked = {
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("layers", "functions", "scripts", "infra")
        for path in (ROOT / folder).rglob("*.py")
        if not any(path.is_relative_to(folder) for folder in own)
        for line in compared_kinds(Path(path).read_text())
    }
    assert asked == set()
