"""Retention of rows and requests: in days, and no shorter than what looks back at them."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.errors import InvalidDefinition
from keepfit.instants import Duration

TRIPS = """
[dataset.trips]
event_time = "started_at"
{keep}
[dataset.trips.fields]
started_at = {{ type = "timestamp" }}
station = {{ type = "category" }}
late = {{ type = "bool", nullable = true }}
"""
WEATHER = """
[dataset.weather]
event_time = "observed_at"
{keep}
[dataset.weather.fields]
observed_at = {{ type = "timestamp" }}
station = {{ type = "category" }}
rain = {{ type = "float" }}
[feature_view.sky]
dataset = "weather"
entity = ["station"]
latest = ["rain"]
ttl = "36h"
delay = "1h"
"""
MODEL = """
[model.lateness]
dataset = "trips"
label = "late"
inputs = ["station"]
features = ["sky:rain"]
training.window = "90d"
training.holdout = "7d"
{keep}
"""


def compiled(folder: Path, trips: str = "", weather: str = "", model: str = "") -> compiling.Compiled:
    text = TRIPS.format(keep=trips) + WEATHER.format(keep=weather) + MODEL.format(keep=model)
    (folder / "all.toml").write_text(text)
    return compiling.compile_all(folder)


def test_without_keep_nothing_is_said_to_expire(tmp_path: Path) -> None:
    made = compiled(tmp_path)
    assert {dataset.definition.keep for dataset in made.datasets.values()} == {None}
    assert made.models["lateness"].definition.keep is None


def test_as_long_as_is_looked_back_is_long_enough(tmp_path: Path) -> None:
    made = compiled(tmp_path, 'keep = "90d"', 'keep = "2208h"', 'keep = "30d"')
    assert made.datasets["trips"].definition.keep == Duration.parse("90d")
    assert made.datasets["weather"].definition.keep == Duration.parse("92d")
    assert made.models["lateness"].definition.keep == Duration.parse("30d")


@pytest.mark.parametrize(
    ("trips", "weather", "model", "says"),
    [
        (
            'keep = "36h"',
            "",
            "",
            "[dataset.trips] keep = '36h': S3 counts whole days, at least one; write '2d'",
        ),
        (
            'keep = "0s"',
            "",
            "",
            "[dataset.trips] keep = '0s': S3 counts whole days, at least one; write '1d'",
        ),
        ("keep = 90", "", "", "[dataset.trips] keep cannot be 90"),
        ('keeps = "90d"', "", "", "did you mean 'keep'?"),
        (
            "",
            "",
            'keep = "90m"',
            "[model.lateness] keep = '90m': S3 counts whole days, at least one; write '1d'",
        ),
        (
            'keep = "89d"',
            "",
            "",
            (
                "[model.lateness.training] window = '90d' reaches further back than [dataset.trips] keeps rows: "
                "keep = '89d'; shorten the window, or keep them for '90d'"
            ),
        ),
        (
            "",
            'keep = "91d"',
            "",
            (
                "[model.lateness.training] window = '90d', with ttl and delay of [feature_view.sky], reaches further "
                "back than [dataset.weather] keeps rows: keep = '91d'; shorten the window, or keep them for '92d'"
            ),
        ),
        (
            "",
            "",
            'keep = "29d"',
            (
                "[model.lateness] keep = '29d' is shorter than monitoring.window, 30d, and the monitor compares the "
                "requests of that time; keep longer"
            ),
        ),
        (
            "",
            "",
            'keep = "1d"\nmonitoring.window = "1d"\nmonitoring.schedule = "13h"',
            "[model.lateness] keep = '1d' is shorter than two turns of monitoring.schedule, 26h",
        ),
    ],
)
def test_what_cannot_be_kept_so_long_or_so_short_is_told(
    tmp_path: Path, trips: str, weather: str, model: str, says: str
) -> None:
    with pytest.raises(InvalidDefinition) as error:
        compiled(tmp_path, trips, weather, model)
    [line] = str(error.value).splitlines()
    assert says in line


@pytest.mark.parametrize(
    ("trips", "weather", "says"),
    [
        ('keep = "90d"', 'keep = "92d"', None),
        ("", "", None),
        (
            'keep = "90d"',
            'keep = "91d"',
            "keeps those of [feature_view.sky] for '91d'; write a window, or keep them for '92d'",
        ),
        ("", 'keep = "900d"', "for '900d'; write a window, or keep them for good"),
    ],
)
def test_without_a_window_features_are_kept_as_long_as_the_rows_that_look_them_up(
    tmp_path: Path, trips: str, weather: str, says: str | None
) -> None:
    text = TRIPS.format(keep=trips) + WEATHER.format(keep=weather) + MODEL.format(keep="")
    (tmp_path / "all.toml").write_text(text.replace('training.window = "90d"\n', ""))
    told = [mistake.message for mistake in compiling.examine(tmp_path).mistakes]
    assert len(told) == (says is not None)
    assert says is None or told[0].endswith(says)


def test_a_model_without_features_asks_its_own_dataset_alone(tmp_path: Path) -> None:
    text = TRIPS.format(keep="") + WEATHER.format(keep='keep = "1d"')
    model = MODEL.format(keep="").replace('features = ["sky:rain"]\n', "")
    (tmp_path / "all.toml").write_text(text + model)
    assert list(compiling.compile_all(tmp_path).models) == ["lateness"]
