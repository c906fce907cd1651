"""A feature view that changes becomes version 2, and models on version 1 go on as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.definitions.compiled import Compiled
from keepfit.definitions.compiled_model import encode

TOML = """
[dataset.flights]
event_time = "departure"
[dataset.flights.fields]
departure = { type = "timestamp" }
origin = { type = "category" }
late = { type = "bool", nullable = true }
[dataset.weather]
event_time = "observed_at"
[dataset.weather.fields]
observed_at = { type = "timestamp" }
origin = { type = "category" }
temp = { type = "category" }
degrees = { type = "float", nullable = true }
[feature_view.origin_weather]
dataset = "weather"
entity = ["origin"]
latest = ["temp"]
ttl = "6h"
"""
SECOND = """
[feature_view."origin_weather@2"]
dataset = "weather"
entity = ["origin"]
latest = ["degrees"]
ttl = "3h"
"""


def model(name: str, *features: str) -> str:
    listed = ", ".join(f'"{feature}"' for feature in features)
    return f"""
[model.{name}]
dataset = "flights"
label = "late"
inputs = ["departure", "origin"]
features = [{listed}]
"""


def compiled(folder: Path, *tables: str) -> Compiled:
    (folder / "flights.toml").write_text(TOML + "".join(tables))
    return compiling.compile_all(folder)


def mistakes(folder: Path, *tables: str) -> list[str]:
    (folder / "flights.toml").write_text(TOML + "".join(tables))
    return [str(mistake) for mistake in compiling.examine(folder).mistakes]


def test_a_model_that_names_version_1_is_the_same_to_the_byte_beside_version_2(tmp_path: Path) -> None:
    first = model("first", "origin_weather@1:temp")
    before = compiled(tmp_path, first).models["first"]
    after = compiled(tmp_path, first, SECOND).models["first"]
    assert encode(after) == encode(before)
    [join] = plan_of(after).joins
    assert ([*join.features], str(join.ttl)) == (["temp"], "6h")


def test_a_plain_name_means_the_newest_version(tmp_path: Path) -> None:
    plain = model("plain", "origin_weather:*")
    assert [*compiled(tmp_path, plain).models["plain"].views] == ["origin_weather"]
    newest = compiled(tmp_path, plain, SECOND).models["plain"]
    assert [(each.view, each.field) for each in newest.features] == [("origin_weather@2", "degrees")]
    [join] = plan_of(newest).joins
    assert ([*join.features], str(join.ttl)) == (["degrees"], "3h")


def test_a_model_may_take_from_two_versions(tmp_path: Path) -> None:
    both = compiled(tmp_path, SECOND, model("both", "origin_weather@1:temp", "origin_weather@2:degrees"))
    assert [*both.models["both"].views] == ["origin_weather", "origin_weather@2"]
    assert len(plan_of(both.models["both"]).joins) == 2


def test_the_newest_may_keep_the_plain_name_and_the_one_before_get_its_number(tmp_path: Path) -> None:
    numbered = SECOND.replace("@2", "@1").replace('"degrees"', '"temp"')
    newest = TOML.replace('latest = ["temp"]', 'latest = ["degrees"]\nversion = 2')
    models = (
        model("first", "origin_weather@1:temp")
        + model("second", "origin_weather@2:*")
        + model("p", "origin_weather:*")
    )
    (tmp_path / "flights.toml").write_text(newest + numbered + models)
    found = compiling.compile_all(tmp_path).models
    assert {name: [*each.views] for name, each in found.items()} == {
        "first": ["origin_weather@1"],
        "second": ["origin_weather"],
        "p": ["origin_weather"],
    }


def test_version_2_stays_when_version_1_is_gone(tmp_path: Path) -> None:
    _, _, without = TOML.partition("[feature_view")
    (tmp_path / "flights.toml").write_text(
        TOML.removesuffix("[feature_view" + without) + SECOND + model("late", "origin_weather:degrees")
    )
    assert [*compiling.compile_all(tmp_path).models["late"].views] == ["origin_weather@2"]


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        (
            model("first", "origin_weather@3:temp"),
            (
                "[model.first] features: 'origin_weather@3:temp' is not 'view:feature', 'view@2:feature' or 'view:*'; "
                "the views are origin_weather"
            ),
        ),
        (
            SECOND + "version = 3\n",
            "[feature_view.origin_weather@2] version = 3 is not what its name says; leave it out, or rename the table",
        ),
        (
            SECOND.replace("@2", "@1"),
            (
                "[feature_view.origin_weather] is version 1 of origin_weather, and so is "
                "[feature_view.origin_weather@1]; give one the next number"
            ),
        ),
        (SECOND.replace("@2", "@0"), "[feature_view.origin_weather@0] needs another name"),
        ('[dataset."flights@2"]\n', "[dataset.flights@2] needs another name"),
        (SECOND + 'latest_of = "x"\n', "[feature_view.origin_weather@2] latest_of is not a known key"),
    ],
)
def test_mistakes_are_told_by_their_key(tmp_path: Path, tables: str, says: str) -> None:
    assert says in "\n".join(mistakes(tmp_path, tables))


def test_a_mistake_is_told_with_the_line_of_its_table(tmp_path: Path) -> None:
    (tmp_path / "flights.toml").write_text(TOML + SECOND.replace('["degrees"]', '["nope"]'))
    [mistake] = compiling.examine(tmp_path).mistakes
    assert "'nope' is not a field" in mistake.message
    assert mistake.line == TOML.count("\n") + 5
