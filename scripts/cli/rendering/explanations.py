"""Explanations of answers: what each column adds to the score of an instance, the largest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from cli.rendering.tables import table

_MAX_INSTANCES = 10
_MAX_COLUMNS = 12
_BAR = 16


def merged(explanations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The explanation of several requests as that of one."""
    columns = explanations[0]["contributions"]
    return {
        **explanations[0],
        "scores": [score for each in explanations for score in each["scores"]],
        "contributions": {
            name: [value for each in explanations for value in each["contributions"][name]]
            for name in columns
        },
    }


def explanation_parts(document: Mapping[str, Any], instances: Sequence[Mapping[str, Any]]) -> list[Any]:
    """A table for each of the first instances; of several classes, of the one that was predicted."""
    explained = document["explanation"]
    error = explained["standard_error"]
    unsure = "" if error is None else f", standard error {error:.2g}"
    parts: list[Any] = [
        _one(document, instance, row) for row, instance in enumerate(instances[:_MAX_INSTANCES])
    ]
    left = len(instances) - len(parts)
    told = f"contributions to the {explained['unit']} ({explained['method']}{unsure})"
    return [*parts, Text(told if left <= 0 else f"{told}; {left} more by --json", style="dim")]


def _one(document: Mapping[str, Any], instance: Mapping[str, Any], row: int) -> Any:
    explained, predicted = document["explanation"], document["predictions"][row]
    place = document["classes"].index(predicted) if isinstance(explained["base"], list) else None

    def of_class(value: Any) -> float:
        return float(value if place is None else value[place])

    parts = {name: of_class(values[row]) for name, values in explained["contributions"].items()}
    largest = max(map(abs, parts.values()), default=0.0) or 1.0
    order = sorted(parts, key=lambda name: -abs(parts[name]))
    rows = [
        (name, instance.get(name), parts[name], _bar(parts[name] / largest)) for name in order[:_MAX_COLUMNS]
    ]
    if order[_MAX_COLUMNS:]:
        rest = sum(parts[name] for name in order[_MAX_COLUMNS:])
        rows.append((f"{len(order) - _MAX_COLUMNS} others", None, rest, _bar(rest / largest)))
    base, score = of_class(explained["base"]), of_class(explained["scores"][row])
    title = f"instance {row}: {predicted}; score {score:.4g}, of which {base:.4g} is every row's"
    return table(title, ["column", "value", "adds", ""], rows)


def _bar(share: float) -> Text:
    length = min(_BAR, round(abs(share) * _BAR))
    return Text("█" * length, style="green" if share > 0 else "red")
