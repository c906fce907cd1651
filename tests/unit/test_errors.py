from __future__ import annotations

import inspect
import re

from keepfit import errors
from keepfit.errors import TRANSIENT_NAMES, KeepfitError, Terminal, Transient

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, KeepfitError) and kind.__module__ == errors.__name__
}


def _drawn() -> dict[str, str | None]:
    """Each class of the tree drawn in the module's docstring, with the class it hangs from."""
    assert errors.__doc__ is not None
    parents: dict[str, str | None] = {}
    branch: list[tuple[int, str]] = []
    for line in inspect.cleandoc(errors.__doc__).split("\n\n")[1].splitlines():
        found = re.match(r"([ │├└─]*)([A-Z]\w+)", line)
        assert found, line
        depth, name = len(found[1]), found[2]
        branch = [entry for entry in branch if entry[0] < depth]
        parents[name] = branch[-1][1] if branch else None
        branch.append((depth, name))
    return parents


def test_the_drawn_tree_is_the_tree() -> None:
    drawn = _drawn()
    assert drawn.keys() == CLASSES.keys()
    for name, parent in drawn.items():
        assert CLASSES[name].__bases__ == ((CLASSES[parent] if parent else Exception),)


def test_every_error_says_whether_trying_again_can_help() -> None:
    for kind in CLASSES.values():
        assert kind is KeepfitError or issubclass(kind, Terminal) != issubclass(kind, Transient)


def test_the_names_that_step_functions_retries_are_the_transient_errors() -> None:
    transient = {
        name for name, kind in CLASSES.items() if issubclass(kind, Transient) and kind is not Transient
    }
    assert set(TRANSIENT_NAMES) == transient


def test_every_error_says_what_it_is_for() -> None:
    assert [name for name, kind in CLASSES.items() if not inspect.getdoc(kind)] == []
