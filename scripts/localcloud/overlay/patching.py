"""Tools for patching the emulator: every patch first asserts what it is about to change."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from localcloud.errors import UnknownEmulator


def _refuse(owner: Any, name: str, why: str) -> UnknownEmulator:
    place = f"{getattr(owner, '__name__', owner)}.{name}"
    return UnknownEmulator(
        f"The overlay cannot be applied: {place} {why}. The installed emulator differs from the one the overlay was "
        "written for; reinstall it with scripts/setup, or port the patch and run tests/localcloud."
    )


def expect(owner: Any, name: str, *, params: str | None = None, contains: tuple[str, ...] = ()) -> Any:
    """The attribute ``name`` of ``owner``, after asserting that it is as expected.

    Args:
        owner: the module or class that holds the attribute.
        name: the attribute's name.
        params: its parameter names in order, comma separated, when it is a function.
        contains: pieces of source text (or of its value, for a string) that must be there.

    Raises:
        UnknownEmulator: the attribute is missing or different.
    """
    if not hasattr(owner, name):
        raise _refuse(owner, name, "does not exist")
    found = getattr(owner, name)
    if params is not None and ",".join(inspect.signature(found).parameters) != params:
        raise _refuse(owner, name, f"takes ({','.join(inspect.signature(found).parameters)}), not ({params})")
    if contains:
        text = found if isinstance(found, str) else inspect.getsource(found)
        for piece in contains:
            if piece not in text:
                raise _refuse(owner, name, f"no longer contains {piece!r}")
    return found


def replace(
    owner: Any, name: str, replacement: Any, *, params: str | None = None, contains: tuple[str, ...] = ()
) -> Any:
    """Replaces a checked attribute; returns the original."""
    original = expect(owner, name, params=params, contains=contains)
    setattr(owner, name, replacement)
    if callable(original):
        _replace_in_tables(owner, original, replacement)
    return original


def _replace_in_tables(owner: Any, original: Any, replacement: Any) -> None:
    """Replaces a function in the tables where services look their operations up."""
    for table in [each for each in vars(owner).values() if isinstance(each, dict)]:
        for entries in (table, *(each for each in table.values() if isinstance(each, dict))):
            for key in [key for key, value in entries.items() if value is original]:
                entries[key] = replacement


def wrap(
    owner: Any,
    name: str,
    around: Callable[[Callable[..., Any]], Callable[..., Any]],
    *,
    params: str | None = None,
    contains: tuple[str, ...] = (),
) -> None:
    """Replaces a checked function by ``around(function)``."""
    replace(owner, name, around(expect(owner, name)), params=params, contains=contains)
