"""Evaluation checks: the columns of slices and fairness exist and have groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import ModelDefinition
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.types.base import type_of


def evaluation_mistakes(name: str, model: ModelDefinition, types: Mapping[str, FieldType]) -> Iterator[str]:
    """The mistakes in the columns that a model is evaluated by; ``types`` are of fields and features."""
    able = {column: kind for column, kind in types.items() if type_of(kind).profile and column != model.label}
    for key in ("slices", "fairness"):
        columns: list[str] = getattr(model.evaluation, key)
        table = f"[model.{name}.evaluation] {key}"
        if len(set(columns)) < len(columns):
            yield f"{table}: name each column only once"
        for column in columns:
            if column == model.label:
                yield f"{table}: {column!r} is the label: name what rows are known by before it"
            elif column in types and column not in able:
                yield (
                    f"{table}: {column!r} is of type {types[column]}, which has no groups; name a category, a bool or "
                    "a number"
                )
            elif column not in types:
                yield (
                    f"{table}: {column!r} is neither a field of [dataset.{model.dataset}] nor a feature of the model; "
                    f"{alike(column, able)}"
                )
