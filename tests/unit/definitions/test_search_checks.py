"""A space of a definition draws from something, and each mistake in it is one sentence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from keepfit.definitions.search_checks import search_mistakes
from keepfit.training.definition import TrainingDefinition
from keepfit.training.recipes.search_space import Choice, Real, Whole
from keepfit.training.search_definition import space_of


def training(space: dict[str, Any], **parameters: Any) -> TrainingDefinition:
    """As it is read from TOML."""
    candidate = {"algorithm": "xgboost", "parameters": parameters, "search": space}
    return msgspec.convert({"search": {}, "candidates": {"x": candidate}}, TrainingDefinition)


def test_whole_numbers_stay_whole_and_lists_are_choices_as_written_and_kept() -> None:
    space = {
        "max_depth": {"low": 2, "high": 8},
        "learning_rate": {"low": 0.01, "high": 1.0, "log": True},
        "grow_policy": ["depthwise", "lossguide"],
    }
    written = training(space)
    kept = msgspec.json.decode(
        msgspec.json.encode(written.candidates["x"].search if written.candidates else None)
    )
    for each in (space, kept):
        definition = (training(each).candidates or {})["x"].search
        assert space_of(definition or {}) == {
            "max_depth": Whole(low=2, high=8),
            "learning_rate": Real(low=0.01, high=1.0, log=True),
            "grow_policy": Choice(values=["depthwise", "lossguide"]),
        }
    assert not list(search_mistakes(written))


@pytest.mark.parametrize(
    ("space", "says"),
    [
        ({"max_depth": []}, "max_depth: name at least one value"),
        ({"max_depth": [2, 2]}, "each only once"),
        ({"max_depth": {"low": 8, "high": 2}}, "low = 8 must be less than high = 2"),
        ({"gamma": {"low": 0.0, "high": 2.0, "log": True}}, "low = 0.0 has no logarithm"),
        ({"random_state": [1, 2]}, "random_state is made from training.seed"),
        ({"class_weight": ["balanced"]}, "class_weight changes what probabilities mean"),
        ({"max_leaves": [2, 3]}, "max_leaves is set in parameters, too"),
    ],
)
def test_a_space_that_cannot_be_drawn_from_is_refused(space: dict[str, Any], says: str) -> None:
    [message] = search_mistakes(training(space, max_leaves=4))
    assert message.startswith("candidates.x: search: ")
    assert says in message
