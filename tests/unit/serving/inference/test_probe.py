"""A model's first run, in a process that may be lost."""

from __future__ import annotations

import json

import pytest

from keepfit.errors import InvalidModel
from keepfit.serving.inference import probe as probing
from keepfit.serving.inference.probe import probe
from tests.unit.serving.support.small_model import (
    constant_model,
    growing_model,
    instances,
    model,
    scorer,
    signature,
)


def test_a_good_model_answers_as_it_does_here() -> None:
    rows = instances(3)
    expected = scorer().score(scorer().decode(json.dumps({"instances": rows}))).tolist()
    assert probe(model(), signature(), rows) == expected


def test_a_model_that_answers_no_probability_is_refused() -> None:
    with pytest.raises(InvalidModel, match="InvalidOutput"):
        probe(constant_model(float("nan")), signature(), instances(1))


def test_a_model_that_wants_all_memory_is_refused_and_this_process_lives() -> None:
    with pytest.raises(InvalidModel, match="first run ended"):
        probe(growing_model(), signature(), instances(1))


def test_a_model_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_WALL_S", 0.01)
    with pytest.raises(InvalidModel, match="took longer"):
        probe(model(), signature(), instances(1))
