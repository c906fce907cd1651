"""Gates and model tests that a definition names are ones that can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions.compiling import examine

TRIPS = """
[dataset.trips]
event_time = "at"
[dataset.trips.fields]
at = { type = "timestamp" }
station = { type = "category" }
distance = { type = "float" }
late = { type = "bool" }
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station", "distance"]
"""


def mistakes(folder: Path, toml: str) -> list[str]:
    (folder / "trips.toml").write_text(TRIPS + toml)
    return [str(mistake) for mistake in examine(folder).mistakes]


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ('require = ["latncy"]', "did you mean 'latency'?"),
        ('require = ["latency"]', "gates.max_latency_ms is not set"),
        ('warn = ["trained"]', "always stops a release"),
        ('warn = ["parity"]\nrequire = ["parity"]', "in require too"),
        ('warn = ["model_tests"]', "tests is not set"),
        ("fairness = { max_gap = 0.1 }", "evaluation.fairness"),
        ("worst_slice = {}", "min_value, max_gap or both"),
    ],
)
def test_a_gate_that_is_never_asked_is_a_mistake(tmp_path: Path, gates: str, said: str) -> None:
    [mistake] = mistakes(tmp_path, f"[model.lateness.gates]\n{gates}\n")
    assert said in mistake


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ('kind = "invariance"\nfield = "staton"\nvalues = ["a"]', "did you mean 'station'?"),
        ('kind = "direction"\nfield = "station"\nadd = 1', "is no number"),
        ('kind = "direction"\nfield = "distance"', "either values or add"),
        ('kind = "direction"\nfield = "distance"\nvalues = [1]', "name two"),
        ('kind = "direction"\nfield = "distance"\nadd = 1\nlabel_class = "x"', "for several classes"),
        ('kind = "minimum"\nwhere = "distance"\nmin_value = 0.5', "a filter is true or false"),
        ('kind = "minimum"\nwhere = "distance >"\nmin_value = 0.5', "not an SQL expression"),
        ('kind = "minimum"\nmin_value = 0.5', "where is missing"),
        ('kind = "minimum"\nwhere = "distance > 1"\nmin_value = 0.5\nmetric = "rmse"', "none of the task"),
        ('kind = "expected"\ninstance = { station = "a" }\nanswer = true\nadd = 1', "add means nothing"),
    ],
)
def test_a_model_test_has_what_its_kind_needs(tmp_path: Path, test: str, said: str) -> None:
    [mistake] = mistakes(tmp_path, f'[[model.lateness.tests]]\nname = "so it is"\n{test}\n')
    assert said in mistake
    assert "'so it is'" in mistake


def test_filters_are_compiled_with_the_model(tmp_path: Path) -> None:
    toml = """
[model.lateness.gates]
require = ["model_tests", "size"]
max_size_mb = 5
[[model.lateness.tests]]
name = "far trips"
kind = "minimum"
where = "distance > 100 AND station <> 'A'"
min_value = 0.6
"""
    assert mistakes(tmp_path, toml) == []
    compiled = examine(tmp_path).compiled.models["lateness"]
    assert list(compiled.filters) == ["distance > 100 AND station <> 'A'"]
