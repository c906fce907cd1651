"""Each mistake in a definition is one sentence that names the file, the table and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.errors import InvalidDefinition

TRIPS = """
[dataset.trips]
event_time = "started_at"
known_at = "ended_at"
[dataset.trips.fields]
started_at = { type = "timestamp" }
ended_at = { type = "timestamp" }
station = { type = "category" }
distance = { type = "float", min = 0, max = 90 }
late = { type = "bool", nullable = true }
"""
WEATHER = """
[dataset.weather]
event_time = "observed_at"
[dataset.weather.fields]
observed_at = { type = "timestamp" }
station = { type = "category" }
rain = { type = "float" }

[feature_view.sky]
dataset = "weather"
entity = ["station"]
latest = ["rain"]
ttl = "6h"
"""
MODEL = """
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station", "distance", "started_at"]
features = ["sky:*"]
"""
FILES = {"trips.toml": TRIPS, "weather.toml": WEATHER, "model.toml": MODEL}


def refused(folder: Path, files: dict[str, str | bytes]) -> str:
    """The message with which the folder is refused."""
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InvalidDefinition) as error:
        compiling.compile_all(folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("file", "right", "wrong", "says"),
    [
        (
            "model.toml",
            "label =",
            "lable =",
            "[model.lateness] lable is not a known key; did you mean 'label'?",
        ),
        (
            "model.toml",
            "[model.",
            "[modle.",
            "[modle] is not a known key; did you mean 'model'?",
        ),
        ("model.toml", 'label = "late"\n', "", "[model.lateness] label is required and missing"),
        (
            "model.toml",
            '"distance", ',
            '"distanze", ',
            "[model.lateness] inputs: 'distanze' is not a field of [dataset.trips]; did you mean 'distance'?",
        ),
        (
            "model.toml",
            '"distance", "started_at"',
            '"ended_at"',
            "[model.lateness] inputs hold 'ended_at', the known_at",
        ),
        (
            "model.toml",
            '"sky:*"',
            '"sky:snow"',
            "[model.lateness] features: 'snow' is not in sky; there are rain",
        ),
        (
            "trips.toml",
            'known_at = "ended_at"',
            'key = ["trip"]',
            "[dataset.trips] key: 'trip' is not one of its fields; there are distance, ended_at",
        ),
        (
            "trips.toml",
            'known_at = "ended_at"',
            'key = ["late"]',
            "[dataset.trips] key: 'late' is nullable, and what is missing names no row",
        ),
        (
            "trips.toml",
            'known_at = "ended_at"',
            'key = ["station", "station"]',
            "[dataset.trips] key: name each field only once",
        ),
        (
            "weather.toml",
            'event_time = "observed_at"',
            'event_time = "observed_at"\nkey = ["station"]',
            "[feature_view.sky] reads [dataset.weather], whose key must then name observed_at too",
        ),
        ("model.toml", "[model.lateness]", "[model.platform]", "[model.platform] needs another name"),
        (
            "trips.toml",
            'event_time = "started_at"\n',
            "",
            "[dataset.trips] known_at needs an event_time beside it",
        ),
        ("weather.toml", 'ttl = "6h"\n', "", "[feature_view.sky] ttl is missing: set how old a value may be"),
        (
            "weather.toml",
            'event_time = "observed_at"\n',
            "",
            "[feature_view.sky] ttl and delay count from the time of a value, and [dataset.weather] has no event_time",
        ),
        (
            "model.toml",
            "features",
            "training.split = 'by chance'\nfeatures",
            "[model.lateness.training] split: 'by chance' is no split: write 'time', 'random', or 'group:'",
        ),
        (
            "model.toml",
            "features",
            "training.split = 'group:statoin'\nfeatures",
            "[model.lateness.training] split: 'statoin' is not a field of [dataset.trips]; did you mean 'station'?",
        ),
        (
            "model.toml",
            "features",
            "training.split = 'group:late'\nfeatures",
            "[model.lateness.training] split: grouped by the label 'late', no part would hold more than one answer",
        ),
        (
            "model.toml",
            "features",
            "training.split = 'random'\ntraining.holdout = '7d'\nfeatures",
            "[model.lateness.training] holdout = '7d' is a time, and rows are parted by split = 'random' here",
        ),
        (
            "model.toml",
            "features",
            "training.holdout = 1.5\nfeatures",
            "[model.lateness.training] holdout: a share of 1.5 leaves a part without rows",
        ),
        (
            "model.toml",
            "features",
            "training.holdout = 'a week'\nfeatures",
            "[model.lateness.training] holdout: 'a week' is not a duration: write a number and s, m, h or d",
        ),
        (
            "model.toml",
            "features",
            "training.holdout = '30d'\ntraining.window = '30d'\nfeatures",
            "[model.lateness.training] holdout must be shorter than window",
        ),
        (
            "trips.toml",
            'event_time = "started_at"',
            'event_time = "station"',
            "[dataset.trips] event_time = 'station' must name a field of type timestamp; there are ended_at",
        ),
        (
            "trips.toml",
            '"float", min',
            '"double", min',
            "[dataset.trips.fields.distance] type cannot be 'double'; it can be float, int, bool, category, text",
        ),
        ("trips.toml", "max = 90", "max = -1", "[dataset.trips.fields] distance: min 0 is above max -1"),
        (
            "trips.toml",
            "max = 90",
            "max = inf",
            "[dataset.trips.fields.distance] max cannot be inf; write a finite number",
        ),
        (
            "trips.toml",
            '"category"',
            '"category", min = 1',
            "[dataset.trips.fields] station: min is for float and int",
        ),
        (
            "trips.toml",
            "station =",
            'Late = { type = "bool" }\nstation =',
            "'Late' and 'late' differ only in case",
        ),
        (
            "trips.toml",
            "station =",
            '" " = { type = "bool" }\nstation =',
            "[dataset.trips.fields] ' ' needs a name",
        ),
        (
            "weather.toml",
            '["rain"]',
            '["regen"]',
            "[feature_view.sky] latest: 'regen' is not a field of [dataset.weather]",
        ),
        ("weather.toml", '["rain"]', "[]", "[feature_view.sky] latest: name at least one field"),
        (
            "weather.toml",
            'entity = ["station"]',
            "entity = []",
            "[feature_view.sky] entity: name at least one field",
        ),
        ("weather.toml", "6h", "0s", "[feature_view.sky] ttl must be longer than nothing"),
        (
            "weather.toml",
            "6h",
            "1 week",
            "[feature_view.sky] ttl cannot be '1 week': '1 week' is not a duration: write a number and s, m, h or d",
        ),
        (
            "weather.toml",
            "6h",
            "40000d",
            "[feature_view.sky] ttl cannot be '40000d': '40000d' is longer than a century",
        ),
    ],
)
def test_a_mistake_is_told_of_the_file_table_and_key_that_it_is_in(
    tmp_path: Path, file: str, right: str, wrong: str, says: str
) -> None:
    assert right in FILES[file]
    message = refused(tmp_path, {**FILES, file: FILES[file].replace(right, wrong, 1)})
    assert message.startswith(f"{file}: ")
    assert says in message


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("release.canary = 0", "[model.lateness.release] canary cannot be 0: Expected `float` > 0.0"),
        (
            "gates.min_gan = 1",
            "[model.lateness.gates] min_gan is not a known key; did you mean 'min_gain'?",
        ),
        (
            "release.evaluation_period = '1s'",
            "[model.lateness.release] baking_limit 6h allows 21600 looks, one every evaluation_period 1s",
        ),
        ("gates.min_gain = nan", "[model.lateness.gates] min_gain cannot be nan; write a finite number"),
        ("training.seed = -1", "[model.lateness.training] seed cannot be -1"),
        ("training.max_rows = 0", "[model.lateness.training] max_rows cannot be 0"),
        (
            "training.candidates.a = { algorithm = 'lasso' }",
            "[model.lateness.training.candidates.a] algorithm cannot be 'lasso'; it can be ",
        ),
        (
            "training.candidates.'../a' = { algorithm = 'random_forest' }",
            "[model.lateness.training] candidates: '../a' needs another name",
        ),
        (
            "training.candidates.a = { algorithm = 'random_forest', parameters = { random_state = 1 } }",
            "[model.lateness.training] candidates.a: random_state is made from training.seed",
        ),
        (
            "monitoring.ignore = ['snow']",
            "[model.lateness.monitoring] ignore: 'snow' is not an input or feature that is monitored; there are",
        ),
        (
            "monitoring.schedule = '85h'",
            "[model.lateness.monitoring] schedule = '85h': the alarm on a silent monitor waits for two turns",
        ),
        (
            "monitoring = { drift_threshold = 0.3, false_alarms_per_month = 2 }",
            "[model.lateness.monitoring] drift_threshold is one threshold for all columns, and",
        ),
        (
            "monitoring.schedule = '90s'",
            "[model.lateness.monitoring] schedule = '90s': EventBridge keeps whole minutes",
        ),
        (
            "retraining.on = ['uploads']",
            "[model.lateness.retraining] on cannot be 'uploads'; it can be first_upload, upload, alarm, schedule",
        ),
        (
            "derive.late = 'distance * 2'",
            "[model.lateness.derive] 'late' is already an input or a feature, or a field of the model's dataset",
        ),
        ("derive.Distance = 'distance * 2'", "[model.lateness.derive] 'Distance' is already"),
        (
            "derive.a = 'b + 1'\nderive.b = 'a + 1'",
            "[model.lateness.derive] a = 'b + 1': 'b' is not a column",
        ),
        ("derive.a = 'avg(distance) over ()'", "[model.lateness.derive] a = 'avg(distance) over ()': "),
        (f"derive.a = '{'(' * 3000}1{')' * 3000}'", "…': is longer than 4000 characters"),
    ],
)
def test_a_mistake_in_a_models_own_policies_is_told_likewise(tmp_path: Path, line: str, says: str) -> None:
    message = refused(tmp_path, {**FILES, "model.toml": MODEL + line})
    assert message.startswith("model.toml: ")
    assert says in message


def test_a_feature_never_takes_its_name_from_another_column_of_the_row(tmp_path: Path) -> None:
    trips = TRIPS + 'rain = { type = "float" }\n'
    message = refused(tmp_path, {**FILES, "trips.toml": trips})
    assert message.startswith(
        "model.toml: [model.lateness] features: 'rain' is a field of [dataset.trips] too"
    )


def test_what_joins_a_row_to_its_features_has_one_type_on_both_sides(tmp_path: Path) -> None:
    weather = WEATHER.replace('station = { type = "category" }', 'station = { type = "int" }')
    message = refused(tmp_path, {**FILES, "weather.toml": weather})
    assert "entity 'station' is of type int in [dataset.weather] and category in [dataset.trips]" in message


def test_a_view_that_no_model_reads_is_checked_all_the_same(tmp_path: Path) -> None:
    model = MODEL.replace('features = ["sky:*"]\n', "")
    message = refused(
        tmp_path, {**FILES, "model.toml": model, "weather.toml": WEATHER.replace('"weather"', '"wind"')}
    )
    assert message == (
        "weather.toml: [feature_view.sky] dataset: there is no [dataset.wind]; the datasets are trips, weather"
    )


def test_names_that_differ_in_underscores_only_would_name_the_same_resources(tmp_path: Path) -> None:
    other = MODEL.replace("lateness", "late_ness")
    message = refused(tmp_path, {**FILES, "other.toml": other})
    assert message.startswith(
        "other.toml: [model.late_ness] needs another name: from [model.lateness] in model.toml"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (TRIPS.encode("utf-16"), "more.toml: is not text: "),
        (b"[[[", "more.toml: is not TOML: "),
        (b"dataset = 3", "more.toml: [dataset] cannot be 3: "),
    ],
)
def test_a_file_that_is_no_definition_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    assert refused(tmp_path, {**FILES, "more.toml": content}).startswith(says)


def test_a_folder_named_like_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "more.toml").mkdir()
    assert refused(tmp_path, {}) == "more.toml: cannot be read: Is a directory"


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistakes(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert set(compiling.compile_all(tmp_path).models) == {"lateness"}


@pytest.mark.parametrize(
    "name", ["._model.toml", ".#model.toml", ".model.toml.swp", "model.toml~", "#model.toml#", ".hidden.toml"]
)
def test_what_editors_and_file_systems_leave_beside_definitions_is_none(tmp_path: Path, name: str) -> None:
    for file, text in FILES.items():
        (tmp_path / file).write_text(text)
    (tmp_path / name).write_bytes(b"\x00\x05\x16\x07\xff")
    assert set(compiling.compile_all(tmp_path).models) == {"lateness"}


def test_datasets_that_no_model_reads_are_known(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text.replace('features = ["sky:*"]', ""))
    assert compiling.compile_all(tmp_path).unread == ["weather"]


@pytest.mark.parametrize("seconds", [1, 59, 61, 90])
@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("monitoring", "monitoring.schedule = '{}s'"),
        ("retraining", "retraining = {{ on = ['schedule'], schedule = '{}s' }}"),
    ],
)
def test_a_schedule_is_whole_minutes(tmp_path: Path, table: str, line: str, seconds: int) -> None:
    message = refused(tmp_path, {**FILES, "model.toml": MODEL + line.format(seconds)})
    assert f"[model.lateness.{table}] schedule = '{seconds}s': EventBridge keeps whole minutes" in message


def told(folder: Path, files: dict[str, str]) -> list[tuple[str, int | None, str]]:
    """Every mistake in the folder: file, line, message."""
    for name, text in files.items():
        (folder / name).write_text(text)
    mistakes = compiling.examine(folder).mistakes
    return [(one.file, one.line, one.message) for one in mistakes]


def lines(folder: Path, files: dict[str, str]) -> list[tuple[str, int | None]]:
    return [(file, line) for file, line, _ in told(folder, files)]


MANY = {
    "trips.toml": TRIPS.replace("max = 90", "max = -1").replace(
        'known_at = "ended_at"', 'known_at = "station"'
    ),
    "weather.toml": WEATHER.replace("6h", "0s")
    .replace('["rain"]', '["rain", "snow"]')
    .replace("float", "double"),
    "model.toml": MODEL.replace('label = "late"', 'lable = "late"')
    + "release.canary = 1.0\nrelease.baking_limit = '1s'\ngates.min_gan = 1\nmonitoring.schedule = '90s'\n",
    "broken.toml": "[model.a]\nlabel =\n",
}


def test_all_mistakes_of_all_files_are_told_by_file_and_line(tmp_path: Path) -> None:
    found = told(tmp_path, MANY)
    assert [(file, line) for file, line, _ in found] == [
        ("broken.toml", 2),
        ("model.toml", 4),
        ("model.toml", 7),
        ("model.toml", 7),
        ("model.toml", 8),
        ("model.toml", 9),
        ("model.toml", 10),
        ("trips.toml", 4),
        ("trips.toml", 9),
        ("weather.toml", 7),
        ("weather.toml", 13),
    ]


def test_the_error_of_a_deployment_tells_all_of_them_too(tmp_path: Path) -> None:
    message = refused(tmp_path, dict(MANY))
    assert len(message.splitlines()) == len(compiling.examine(tmp_path).mistakes) > 8


def test_what_names_a_table_that_is_wrong_by_itself_is_not_blamed_for_it(tmp_path: Path) -> None:
    weather = WEATHER.replace('rain = { type = "float" }', 'rain = { type = "double" }')
    (mistake,) = told(tmp_path, {**FILES, "weather.toml": weather})
    assert mistake[2].startswith("[dataset.weather.fields.rain] type cannot be 'double'")


def test_a_slip_in_a_required_key_is_one_mistake(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, {**FILES, "model.toml": MODEL.replace("label =", "lable =")})
    assert mistake[:2] == ("model.toml", 4)
    assert "did you mean 'label'?" in mistake[2]


def test_several_mistakes_of_one_kind_are_each_told(tmp_path: Path) -> None:
    model = MODEL.replace('"station", "distance"', '"statoin", "distanze"').replace(
        '"sky:*"', '"sky:snow", "sun:*"'
    )
    found = [message for _, _, message in told(tmp_path, {**FILES, "model.toml": model})]
    assert len(found) == 4
    for wrong in ("'statoin'", "'distanze'", "'snow'", "'sun:*'"):
        assert sum(wrong in message for message in found) == 1


def test_every_derived_column_that_is_wrong_is_told(tmp_path: Path) -> None:
    model = MODEL + "[model.lateness.derive]\na = 'b + 1'\ngood = 'distance + 1'\nc = 'avg(distance)'\n"
    assert lines(tmp_path, {**FILES, "model.toml": model}) == [("model.toml", 8), ("model.toml", 10)]


def test_what_is_right_is_compiled_beside_what_is_wrong(tmp_path: Path) -> None:
    other = MODEL.replace("lateness", "other").replace('"late"', '"lat"')
    for name, text in {**FILES, "other.toml": other}.items():
        (tmp_path / name).write_text(text)
    assert set(compiling.examine(tmp_path).compiled.models) == {"lateness"}


def test_a_mistake_in_what_two_models_share_is_told_once_and_of_its_own_file(tmp_path: Path) -> None:
    weather = WEATHER.replace('station = { type = "category" }', 'station = { type = "int" }')
    files = {**FILES, "weather.toml": weather, "other.toml": MODEL.replace("lateness", "other")}
    ((file, line, message),) = told(tmp_path, files)
    assert (file, line) == ("weather.toml", 11)
    assert "entity 'station' is of type int" in message
