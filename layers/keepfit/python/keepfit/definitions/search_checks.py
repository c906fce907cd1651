"""Checks of a search: each space draws from something, and belongs to a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keepfit.training.definition import CandidateDefinition, TrainingDefinition
from keepfit.training.search_definition import Scalar, SpanDefinition

_NEVER_DRAWN = {
    "random_state": "is made from training.seed; leave it out",
    "class_weight": "changes what probabilities mean, so that trials could not be compared; set it in parameters",
}


def search_mistakes(training: TrainingDefinition) -> Iterator[str]:
    """What is wrong with a model's search and with the spaces of its candidates."""
    for name, candidate in (training.candidates or {}).items():
        if candidate.search and training.search is None:
            yield (
                f"candidates.{name}: search says what to try, and nothing is searched: write "
                "search = { trials = 40 } in training too, or leave it out"
            )
        for says in _space_mistakes(candidate):
            yield f"candidates.{name}: search: {says}"


def _space_mistakes(candidate: CandidateDefinition) -> Iterator[str]:
    space: Mapping[str, SpanDefinition | list[Scalar]] = candidate.search or {}
    for parameter, values in space.items():
        if parameter in _NEVER_DRAWN:
            yield f"{parameter} {_NEVER_DRAWN[parameter]}"
        if parameter in candidate.parameters:
            yield f"{parameter} is set in parameters, too; leave it out of one of them"
        if isinstance(values, list):
            if not values or len({repr(value) for value in values}) < len(values):
                yield f"{parameter}: name at least one value, and each only once"
        elif values.mistake:
            yield f"{parameter}: {values.mistake}"
