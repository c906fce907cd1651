from __future__ import annotations

import re
from pathlib import Path

import pytest

from keepfit.definitions import compiling, model_checks
from keepfit.definitions.compiled_model import CompiledModel, digest
from keepfit.definitions.model import Catalogue
from keepfit.errors import InvalidDefinition
from keepfit.features.schema.cell_form import FieldType

TRIPS = """
[dataset.trips]
event_time = "started_at"
known_at = "ended_at"
fields.started_at = { type = "timestamp" }
fields.ended_at = { type = "timestamp" }
fields.station = { type = "category" }
fields.distance = { type = "float" }
fields.late = { type = "bool", nullable = true }
"""
WEATHER = """
[dataset.weather]
event_time = "observed_at"
fields.observed_at = { type = "timestamp" }
fields.station = { type = "category" }
fields.rain = { type = "float" }
fields.wind = { type = "float" }

[feature_view.station_weather]
dataset = "weather"
entity = ["station"]
latest = ["rain", "wind"]
ttl = "6h"
"""
MODEL = """
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station", "distance", "started_at"]
features = ["station_weather:*"]
derive.hour = "extract(hour from started_at)"
"""


def write(folder: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        (folder / f"{number}.toml").write_text(text)
    return folder


def compiled(folder: Path, *texts: str) -> CompiledModel:
    return compiling.compile_model(compiling.load(write(folder, *texts)), "lateness")


def refused(folder: Path, *texts: str) -> str:
    """The message with which the texts are refused."""
    with pytest.raises(InvalidDefinition) as error:
        compiled(folder, *texts)
    return str(error.value)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ('path = "customer.age"', "path: 'customer.age' is no path of up to 20 steps"),
        ('path = "$.customer[x]"', "path: '$.customer[x]' cannot be read from '[x]' on"),
        ('path = "$.customer.age", column = "age"', "path and column both say where the value stands"),
        (
            'path = "$.items[*].price"',
            "path leads to several values; say what of them with take: length, sum",
        ),
        ('path = "$.items", take = "contains"', "take = 'contains' gives a field of type bool"),
        ('take = "sum"', "take is for what a path leads to"),
        ('path = "$.items", value = "x"', "value is what take = 'contains' looks for"),
        ("length = 3", "length is for vector, and this is a float"),
    ],
)
def test_a_path_that_leads_nowhere_is_told_of_its_field(tmp_path: Path, field: str, message: str) -> None:
    trips = TRIPS.replace(
        'fields.distance = { type = "float" }', f'fields.distance = {{ type = "float", {field} }}'
    )
    assert f"[dataset.trips.fields] distance: {message}" in refused(tmp_path, trips, WEATHER, MODEL)


def test_fields_may_share_a_column_that_all_of_them_read_by_paths(tmp_path: Path) -> None:
    of_trip = (
        'fields.distance = { type = "float", path = "$.trip.km" }\n'
        'fields.legs = { type = "int", path = "$.trip.legs" }'
    )
    trips = TRIPS.replace('fields.distance = { type = "float" }', of_trip)
    assert compiled(tmp_path, trips, WEATHER, MODEL).spine.fields["legs"].path == "$.trip.legs"
    whole = f'{trips}fields.trip = {{ type = "text" }}\n'
    assert "distance and trip read the same column" in refused(tmp_path, whole, WEATHER, MODEL)


def test_all_files_of_the_folder_form_one_catalogue(tmp_path: Path) -> None:
    loaded = compiling.load(write(tmp_path, TRIPS, WEATHER, MODEL))
    assert set(loaded.dataset) == {"trips", "weather"}
    assert set(loaded.feature_view) == {"station_weather"}
    assert set(loaded.model) == {"lateness"}


@pytest.mark.parametrize("name", ["Trips", "2trips", "trips-by-bike", '"trips by bike"', "t" * 41, '""'])
def test_a_name_that_could_not_name_a_stack_is_refused(tmp_path: Path, name: str) -> None:
    assert "needs another name" in refused(tmp_path, TRIPS.replace("dataset.trips", f"dataset.{name}"))


def test_an_empty_folder_is_an_empty_catalogue(tmp_path: Path) -> None:
    assert compiling.load(tmp_path) == Catalogue()


def test_how_the_tables_are_spread_over_files_does_not_matter(tmp_path: Path) -> None:
    for name in ("one", "many"):
        (tmp_path / name).mkdir()
    one = compiled(tmp_path / "one", TRIPS + WEATHER + MODEL)
    many = compiled(tmp_path / "many", MODEL, WEATHER, TRIPS)
    assert digest(one) == digest(many)


def test_a_name_defined_in_two_files_is_refused(tmp_path: Path) -> None:
    assert "1.toml: [dataset.trips] is defined twice" in refused(tmp_path, TRIPS, TRIPS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[dataset.trips", "Expected"),
        ("[dataset.trips]\nevent_time = 3", "Expected `str | null`, got `int`"),
        ("dataset = 3", "Expected `object`, got `int`"),
        ("[model.lateness]\ncolour = 'red'", "colour"),
        (MODEL + "monitoring.window = '30 days'", "not a duration"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named(tmp_path: Path, text: str, says: str) -> None:
    message = refused(tmp_path, text)
    assert message.startswith("0.toml: ")
    assert says in message


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "photo.toml").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(InvalidDefinition, match=r"photo\.toml"):
        compiling.load(tmp_path)


def test_a_compiled_model_holds_all_it_needs_and_nothing_else(tmp_path: Path) -> None:
    other = "[dataset.stock]\nevent_time = 'at'\nfields.at = { type = 'timestamp' }"
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL, other)
    assert set(model.datasets) == {"trips", "weather"}
    assert [(feature.view, feature.field) for feature in model.features] == [
        ("station_weather", "rain"),
        ("station_weather", "wind"),
    ]
    assert model.derived["hour"].type == "float"
    assert model.derived["hour"].sql == "extract(hour from started_at)"


def test_a_view_that_no_model_uses_stays_out_of_it(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL.replace('"station_weather:*"', ""))
    assert (model.views, model.features, set(model.datasets)) == ({}, [], {"trips"})


def test_one_feature_of_a_view_can_be_taken_alone(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL.replace("station_weather:*", "station_weather:wind"))
    assert [feature.field for feature in model.features] == ["wind"]


def test_an_expression_may_use_inputs_and_features(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL + "derive.wet_mile = 'distance * rain'")
    assert model.derived["wet_mile"].type == "float"


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            'dataset = "trips"',
            'dataset = "trip"',
            "there is no [dataset.trip]; the datasets are trips, weather",
        ),
        ('known_at = "ended_at"', 'known_at = "end"', "known_at = 'end' must name a field of type timestamp"),
        (
            'event_time = "started_at"',
            'event_time = "station"',
            "event_time = 'station' must name a field of type",
        ),
        ('label = "late"', 'label = "delay"', "label: 'delay' is not a field of [dataset.trips]"),
        ('label = "late"', 'label = "distance"', "a model may not see its answer"),
        ('"distance", "started_at"]', '"speed"]', "inputs: 'speed' is not a field of [dataset.trips]"),
        (
            'inputs = ["station", "distance", "started_at"]',
            'inputs = ["late"]',
            "a model may not see its answer",
        ),
        ('inputs = ["station", "distance", "started_at"]', "inputs = []", "name at least one field"),
        ('inputs = ["station", ', 'inputs = ["distance", ', "and each only once"),
        ("station_weather:*", "weather:*", "the views are station_weather"),
        ("station_weather:*", "station_weather", "is not 'view:feature', 'view@2:feature' or 'view:*'"),
        ("station_weather:*", "station_weather:snow", "'snow' is not in station_weather"),
        ('"station_weather:*"', '"station_weather:*", "station_weather:rain"', "or is named twice"),
        ('entity = ["station"]', 'entity = ["airport"]', "'airport' is not a field of [dataset.weather]"),
        ('entity = ["station"]', 'entity = ["wind"]', "entity 'wind' is not a field of the model's dataset"),
        ("derive.hour", "derive.rain", "'rain' is already an input or a feature"),
        ("extract(hour from started_at)", "extract(hour from ended_at)", "[model.lateness.derive] hour = "),
        ("extract(hour from started_at)", "select 1", "[model.lateness.derive] hour = "),
    ],
)
def test_a_reference_to_nothing_is_refused_with_what_it_could_be(
    tmp_path: Path, right: str, wrong: str, says: str
) -> None:
    texts = [text.replace(right, wrong) for text in (TRIPS, WEATHER, MODEL)]
    assert texts != [TRIPS, WEATHER, MODEL]
    assert says in refused(tmp_path, *texts)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("training = { window = '7d', holdout = '7d' }", "holdout must be shorter than window"),
        ("training.holdout = '0s'", "[model.lateness.training] holdout must be longer than nothing"),
        ("training.candidates = {}", "name at least one"),
        ("training.candidates.champion = { algorithm = 'random_forest' }", "rename it"),
        ("training.search = { trials = 0 }", "[model.lateness.training.search] trials cannot be 0"),
        ("training.search.engine = 'luck'", "engine cannot be 'luck'; it can be halving, tpe, grid"),
        (
            "training.candidates.a = { algorithm = 'lightgbm', search = { max_depth = [2, 4] } }",
            "candidates.a: search says what to try, and nothing is searched: write search = { trials = 40 }",
        ),
        ("release.canary = 0.0", "[model.lateness.release] canary cannot be 0.0: Expected `float` > 0.0"),
        ("release.canary = 1.5", "`float` <= 1.0"),
        (
            "release.canary = 1.0",
            "[model.lateness.release] canary = 1 leaves the champion no request, and it is what serves again",
        ),
        ("release.canary = 1", "write less than 1, such as 0.5"),
        ("release.max_failure_share = -0.1", "`float` >= 0.0"),
        ("release.minimum_requests = 0", "`int` >= 1"),
        ("release = { baking_period = '2h', baking_limit = '1h' }", "baking_limit must not be shorter"),
        ("quota = { burst = 5, per_day = 9 }", "burst is how many of a rate may come at once"),
        ("quota = {}", "limits nothing"),
        ("quota = { rate = 0 }", "rate"),
        ("release.evaluation_period = '0s'", "evaluation_period must be longer than nothing"),
        ("monitoring.window = '0s'", "[model.lateness.monitoring] window must be longer than nothing"),
        ("monitoring.schedule = '30s'", "nothing runs oftener than 1m"),
        ("monitoring.decay_threshold = 0.05", "decay_threshold is for what came true, and nobody tells that"),
        ("retraining = { on = ['schedule'], schedule = '30s' }", "nothing runs oftener than 1m"),
        ("retraining.on = ['schedule']", "belong together"),
        ("retraining.schedule = '1d'", "belong together"),
    ],
)
def test_numbers_that_cannot_work_are_refused(tmp_path: Path, line: str, says: str) -> None:
    assert says in refused(tmp_path, TRIPS, WEATHER, MODEL + line)


def test_a_model_may_be_trained_on_schedule(tmp_path: Path) -> None:
    model = compiled(tmp_path, TRIPS, WEATHER, MODEL + "retraining = { on = ['schedule'], schedule = '7d' }")
    assert str(model.definition.retraining.schedule) == "7d"


def test_the_label_must_be_of_a_type_that_some_task_predicts(tmp_path: Path) -> None:
    texts = TRIPS.replace('"bool", nullable = true', '"timestamp"'), WEATHER, MODEL
    assert "is of type timestamp; what can be predicted is of type bool" in refused(tmp_path, *texts)


def test_a_model_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    loaded = compiling.load(write(tmp_path, TRIPS, WEATHER, MODEL))
    with pytest.raises(
        InvalidDefinition, match=re.escape("there is no [model.delay]; the models are lateness")
    ):
        compiling.compile_model(loaded, "delay")


def test_columns_are_typed_for_expressions(tmp_path: Path) -> None:
    loaded = compiling.load(write(tmp_path, TRIPS, WEATHER, MODEL))
    features: dict[str, FieldType] = {"rain": "float"}
    assert model_checks.column_types(loaded.model["lateness"], loaded.dataset["trips"], features) == {
        "station": "category",
        "distance": "float",
        "started_at": "timestamp",
        "rain": "float",
    }


def test_the_models_of_this_project_compile() -> None:
    loaded = compiling.load(Path(__file__).parents[3] / "models")
    assert loaded.model
    for name in loaded.model:
        assert compiling.compile_model(loaded, name).name == name
    for name in loaded.dataset:
        assert compiling.compile_dataset(loaded, name).name == name


def test_columns_do_not_take_the_names_of_those_that_keepfit_adds(tmp_path: Path) -> None:
    field = TRIPS + 'fields._source_row = { type = "int" }\n'
    assert "'_source_row' needs another name" in refused(tmp_path, field, WEATHER, MODEL)
    derived = MODEL + 'derive._label = "distance * 2"\n'
    assert "'_label' needs another name" in refused(tmp_path, TRIPS, WEATHER, derived)
