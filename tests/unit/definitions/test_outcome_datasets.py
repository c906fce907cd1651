"""A model that is told outcomes has a dataset for them, or joins one by fields that requests hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions.compiled_model import decode_model, encode
from keepfit.definitions.compiling import compile_all, compile_model, examine, load

TRIPS = """
[dataset.trips]
event_time = "at"
known_at = "ended"
[dataset.trips.fields]
at = { type = "timestamp" }
ended = { type = "timestamp" }
trip = { type = "int", column = "Trip No" }
station = { type = "category" }
distance = { type = "float" }
late = { type = "bool", true = ["yes"], false = ["no"], column = "Late?", nullable = true }
[dataset.gauges]
event_time = "at"
[dataset.gauges.fields]
at = { type = "timestamp" }
station = { type = "category" }
trip = { type = "category" }
rain = { type = "float" }
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station", "distance", "trip"]
"""


def _write(folder: Path, toml: str) -> Path:
    (folder / "trips.toml").write_text(TRIPS + toml)
    return folder


def test_an_outcome_is_what_the_label_may_be(tmp_path: Path) -> None:
    compiled = compile_all(_write(tmp_path, "keep = '90d'\n[model.lateness.outcomes]\n"))
    own = compiled.datasets["lateness_outcomes"].definition
    assert {name: field.type for name, field in own.fields.items()} == {
        "prediction_id": "text",
        "outcome": "bool",
        "known_at": "timestamp",
    }
    outcome = own.fields["outcome"]
    assert (outcome.true, outcome.nullable, bool(outcome.column)) == (["yes"], False, False)
    assert (own.key, own.known_at, own.anomalies, str(own.keep)) == (
        ["prediction_id"],
        "known_at",
        "take",
        "90d",
    )
    model = compiled.models["lateness"]
    assert model.outcomes_taken == "lateness_outcomes"
    assert decode_model(encode(model)) == model
    assert compiled.unread == ["gauges"]
    assert "lateness_outcomes" not in model.datasets  # a training does not read it


def test_a_model_without_outcomes_has_no_such_dataset_and_is_written_as_before(tmp_path: Path) -> None:
    compiled = compile_all(_write(tmp_path, ""))
    assert sorted(compiled.datasets) == ["gauges", "trips"]
    assert b"outcomes" not in encode(compiled.models["lateness"])
    assert compiled.models["lateness"].outcomes_taken is None


def test_outcomes_may_be_labels_that_become_known_joined_by_inputs(tmp_path: Path) -> None:
    folder = _write(tmp_path, '[model.lateness.outcomes]\njoin_on = ["trip", "station"]\n')
    model = compile_model(load(folder), "lateness")
    assert model.outcomes
    assert (model.outcomes.dataset, model.outcomes.field, model.outcomes.join_on) == (
        "trips",
        "late",
        ["trip", "station"],
    )
    assert (model.outcomes_taken, sorted(compile_all(folder).datasets)) == (None, ["gauges", "trips"])


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ('dataset = "gauges"', "goes with join_on"),
        ('field = "rain"', "goes with join_on"),
        ('join_on = ["trp"]', "'trp' is not sent with requests; did you mean 'trip'?"),
        ('join_on = ["at"]', "'at' is not sent with requests"),
        ('join_on = ["trip", "trip"]', "name each field only once"),
        ('join_on = ["distance"]', "of type float, and only category, text"),
        ('join_on = ["station"]\ndataset = "gagues"', "there is no [dataset.gagues]"),
        ('join_on = ["station"]\ndataset = "gauges"\nfield = "rian"', "did you mean 'rain'?"),
        ('join_on = ["station"]\ndataset = "gauges"\nfield = "rain"', "'late' is of type bool"),
        ('join_on = ["trip"]\ndataset = "trips"\nfield = "lat"', "did you mean 'late'?"),
        ("minimum_rows = 0", "minimum_rows cannot be 0"),
        ('expected_within = "soon"', "expected_within cannot be 'soon'"),
    ],
)
def test_what_cannot_be_joined_is_a_mistake(tmp_path: Path, outcomes: str, said: str) -> None:
    found = examine(_write(tmp_path, f"[model.lateness.outcomes]\n{outcomes}\n"))
    [mistake] = found.mistakes
    assert mistake.message.startswith("[model.lateness.outcomes]")
    assert said in str(mistake)
    assert mistake.line


def test_a_join_field_has_one_type(tmp_path: Path) -> None:
    told = '[model.lateness.outcomes]\njoin_on = ["trip"]\ndataset = "other"\n[dataset.other.fields]\n'
    fields = 'trip = { type = "category" }\nlate = { type = "bool" }\n'
    [mistake] = examine(_write(tmp_path, told + fields)).mistakes
    assert "'trip' is of type category in [dataset.other], and requests send int" in str(mistake)


def test_the_name_of_the_dataset_is_not_taken_twice(tmp_path: Path) -> None:
    told = '[model.lateness.outcomes]\n[dataset.lateness_outcomes.fields]\nx = { type = "float" }\n'
    [mistake] = examine(_write(tmp_path, told)).mistakes
    assert "[dataset.lateness_outcomes] is defined too; rename that one" in str(mistake)


def test_outcomes_in_a_dataset_that_is_wrong_by_itself_are_not_blamed(tmp_path: Path) -> None:
    told = '[model.lateness.outcomes]\njoin_on = ["trip"]\ndataset = "other"\n[dataset.other]\nevent_time = "at"\n'
    fields = '[dataset.other.fields]\ntrip = { type = "int" }\n'
    found = examine(_write(tmp_path, told + fields))
    [mistake] = found.mistakes
    assert mistake.message.startswith("[dataset.other]")
    assert found.compiled.models == {}
