"""Segment checks: rows are parted by a category that every request holds, and candidates exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import ModelDefinition
from keepfit.definitions.tasks import with_task
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.training.segments_definition import SegmentsDefinition


def segment_mistakes(name: str, model: ModelDefinition, spine: DatasetDefinition) -> Iterator[str]:
    """The mistakes in what parts a model's rows into segments, and in what trains them."""
    table, by = f"[model.{name}]", model.segment_by
    if by is None:
        if model.segments != SegmentsDefinition():
            yield (
                f'[model.{name}.segments] is for a model with segment_by: write segment_by = "…", an input of type '
                "category, or leave the table out"
            )
        return
    categories = [field for field in model.inputs if type_of(spine.fields[field].type).encoding == "code"]
    if by not in model.inputs:
        yield (
            f"{table} segment_by: {by!r} is not among the inputs, and a request must say its segment; "
            + (alike(by, categories) if categories else "no input is of type category")
        )
    elif by not in categories:
        yield (
            f"{table} segment_by: {by!r} is of type {spine.fields[by].type}, and segments are values of a category; "
            + (alike(by, categories) if categories else f'write type = "category" for the field {by}')
        )
    known = with_task(model, spine.fields[model.label].type).training.candidates or {}
    yield from _candidate_mistakes(name, model.segments.candidates, known)


def _candidate_mistakes(name: str, named: list[str] | None, known: Collection[str]) -> Iterator[str]:
    if named is None:
        return
    table = f"[model.{name}.segments] candidates:"
    if not named or len(set(named)) < len(named):
        yield f"{table} name at least one, and each only once, or leave it out"
    for candidate in named:
        if candidate not in known:
            yield f"{table} {candidate[:60]!r} is none of the model's candidates; {alike(candidate, known)}"
