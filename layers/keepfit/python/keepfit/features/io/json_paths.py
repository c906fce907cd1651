"""Paths into nested records: `$.customer.age`, `$.items[*].price`, `$.readings[-1]`.

A path begins at a column. What it reaches is one value, or with ``[*]`` those of every element of a list, which a
reduction makes one of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from keepfit.features.io.reductions import NoValue, Reduction

Step = str | int
EACH: Final = "[*]"
"""The step to every element of a list; no name has brackets around it, because those are quoted."""
MAX_STEPS = 20

# DuckDB writes NaN of nested Parquet so. It is missing, as in a column of numbers; what is infinite is told.
_CONSTANTS = {"Infinity": float("inf"), "-Infinity": float("-inf")}
_match_step = re.compile(r"""\.([^.\[\]"'\s]+)|\[(?:(-?\d+)|(\*)|"([^"]+)"|'([^']+)')\]""").match


class JsonPath(NamedTuple):
    """A column and the steps from its values to another."""

    column: str
    steps: tuple[Step, ...]


def parse(path: str) -> JsonPath:
    """Parses a path.

    Raises:
        ValueError: it is none; says how one is written.

    >>> parse("$.items[*].price")
    JsonPath(column='items', steps=('[*]', 'price'))
    """
    steps = list(_steps(path)) if path.startswith("$") else []
    if not steps or not isinstance(steps[0], str) or steps[0] == EACH or len(steps) > MAX_STEPS:
        raise ValueError(
            f"{path!r} is no path of up to {MAX_STEPS} steps; write one like '$.customer.age', '$.items[*].price', "
            "'$.readings[-1]' or '$[\"first name\"].length'"
        )
    return JsonPath(steps[0], tuple(steps[1:]))


def _steps(path: str) -> Iterator[Step]:
    at = 1
    while at < len(path):
        found = _match_step(path, at)
        if found is None:
            raise ValueError(
                f'{path!r} cannot be read from {path[at:]!r} on; a step is .name, ["a name"], [0], [-1] or [*]'
            )
        name, place, each, *quoted = found.groups()
        yield int(place) if place else EACH if each else name or next(filter(None, quoted))
        at = found.end()


def taking(
    path: JsonPath, reduction: Reduction | None, value: str | None, *, lists: bool = False
) -> Callable[[str], str | None]:
    """A function of a cell's text, which holds JSON, to the text of the value that the path reaches.

    None where there is none. A list is one value with ``lists``. The function raises NoValue.

    >>> from keepfit.features.io.reductions import REDUCTIONS
    >>> taking(parse("$.items[*].price"), REDUCTIONS["sum"], None)('[{"price": 2}, {"price": 0.5}]')
    '2.5'
    """
    steps, every = path.steps, EACH in path.steps

    def take(text: str) -> str | None:
        reached = list(_reach(_decoded(text), steps))
        if reduction is not None:
            return _written(reduction.reduce(_elements(reached, every=every), value))
        if every and not lists:
            raise NoValue("is several values; say with take which one it is to be, or what of them")
        found = reached if every else (reached[0] if reached else None)
        return json.dumps(found) if lists and isinstance(found, list) else _written(found)

    return take


def _elements(reached: list[Any], *, every: bool) -> list[Any] | None:
    """The elements to reduce, those that are null left out; None where there is no list."""
    found = reached if every else (reached[0] if reached else None)
    if found is None:
        return None
    if not isinstance(found, list):
        raise NoValue("is no list")
    return [element for element in found if element is not None]


def _reach(value: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
    if isinstance(value, str) and steps:  # JSON within JSON
        value = _decoded(value)
    if value is None or not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == EACH:
        for element in _listed(value, step):
            yield from _reach(element, rest)
    elif isinstance(step, int):
        listed = _listed(value, step)
        yield from _reach(listed[step] if -len(listed) <= step < len(listed) else None, rest)
    elif isinstance(value, Mapping):
        yield from _reach(value.get(step), rest)
    else:
        raise NoValue(f"has no {step}: there is no object around it")


def _listed(value: Any, step: Step) -> list[Any]:
    if not isinstance(value, list):
        raise NoValue(f"has no {step if step == EACH else f'[{step}]'}: there is no list")
    return value


def _decoded(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_CONSTANTS.get)
    except (ValueError, RecursionError) as error:
        raise NoValue(f"is not JSON: {error}") from error


def _written(value: Any) -> str | None:
    """A value as a cell of a file holds it."""
    if value is None or value == "":
        return None
    if isinstance(value, (dict, list)):
        raise NoValue("is an object or a list")
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else repr(value)
    if "\0" in text:
        raise NoValue("holds a NUL character")
    return text
