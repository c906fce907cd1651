from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from keepfit.definitions.compiled_model import (
    CompiledDataset,
    CompiledDatasets,
    CompiledModel,
    DerivedColumn,
    ViewFeature,
    decode_datasets,
    decode_model,
    digest,
    encode,
    split_of,
)
from keepfit.definitions.json_schema import json_schema
from keepfit.definitions.model import Catalogue, ModelDefinition, read_duration, write_duration
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.view_definition import FeatureViewDefinition
from keepfit.instants import Duration
from keepfit.training.definition import TrainingDefinition

ARRIVALS = DatasetDefinition(
    event_time="at",
    known_at="seen_at",
    fields={"at": Field(type="timestamp"), "seen_at": Field(type="timestamp"), "late": Field(type="bool")},
)
RAIN = FeatureViewDefinition(dataset="weather", entity=["origin"], latest=["rain"], ttl=Duration.parse("6h"))


def a_model(**changes: Any) -> CompiledModel:
    definition = ModelDefinition(dataset="arrivals", label="late", inputs=["at"], **changes)
    return CompiledModel(
        name="lateness",
        definition=definition,
        datasets={"arrivals": ARRIVALS},
        views={"rain": RAIN},
        features=[ViewFeature(view="rain", field="rain")],
        derived={
            "hour": DerivedColumn(sql="extract(hour from at)", expression=["extract", "hour"], type="float")
        },
    )


def read(document: dict[str, Any]) -> Catalogue:
    return msgspec.convert(document, Catalogue, dec_hook=read_duration)


def test_a_compiled_model_travels_as_json_and_comes_back_the_same() -> None:
    model = a_model(training=TrainingDefinition(window=Duration.parse("120d")))
    assert decode_model(encode(model)) == model


def test_compiled_datasets_travel_as_json_and_come_back_the_same() -> None:
    dataset = CompiledDataset(name="arrivals", definition=ARRIVALS)
    datasets = CompiledDatasets(datasets={"arrivals": dataset})
    assert decode_datasets(encode(datasets)) == datasets


def test_durations_are_written_as_people_write_them() -> None:
    encoded = msgspec.json.decode(encode(a_model(training=TrainingDefinition(window=Duration.parse("365d")))))
    assert encoded["definition"]["training"]["window"] == "365d"
    assert encoded["views"]["rain"]["ttl"] == "6h"


def test_the_order_in_which_fields_are_written_does_not_matter() -> None:
    turned = msgspec.structs.replace(ARRIVALS, fields=dict(reversed(ARRIVALS.fields.items())))
    one, other = (
        CompiledDataset(name="arrivals", definition=definition) for definition in (ARRIVALS, turned)
    )
    assert digest(one) == digest(other)


def test_any_change_of_a_definition_changes_its_digest() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"training": TrainingDefinition(seed=1)},
        {"training": TrainingDefinition(split="random")},
        {"training": TrainingDefinition(holdout="13d")},
        {"derive": {"hour": "1"}},
        {"features": ["rain:rain"]},
    ]
    assert len({digest(a_model(**change)) for change in changes}) == len(changes)


@pytest.mark.parametrize(
    ("event_time", "written", "split"),
    [
        ("at", None, "time"),
        (None, None, "random"),
        ("at", "random", "random"),
        ("at", "group:late", "group:late"),
    ],
)
def test_rows_are_parted_by_time_where_they_have_one_unless_the_definition_says_otherwise(
    event_time: str | None, written: str | None, split: str
) -> None:
    spine = msgspec.structs.replace(ARRIVALS, event_time=event_time)
    assert str(split_of(TrainingDefinition(split=written), spine)) == split


def test_the_spine_of_a_model_is_the_dataset_it_predicts() -> None:
    assert a_model().spine is ARRIVALS


def test_a_model_needs_only_dataset_label_and_inputs() -> None:
    model = read({"model": {"m": {"dataset": "d", "label": "y", "inputs": ["x"]}}}).model["m"]
    assert (model.task, model.training.candidates) == (None, None)  # the label decides
    assert model.retraining.on == ["upload", "alarm"]
    assert model.monitoring.window == Duration.parse("30d")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"datset": {}}, "datset"),
        ({"model": {"m": {"dataset": "d", "label": "y", "inputs": [], "colour": 1}}}, "colour"),
        (
            {"model": {"m": {"dataset": "d", "label": "y", "inputs": [], "training": {"windw": "1d"}}}},
            "windw",
        ),
        ({"dataset": {"d": {"event_time": "t", "fields": {"t": {"type": "timestamp", "typ": 1}}}}}, "typ"),
    ],
)
def test_a_key_nobody_knows_is_an_error_that_names_it(table: dict[str, Any], key: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"`{key}`"):
        read(table)


@pytest.mark.parametrize("wrong", [30, 1.5, "30 days", None, ["30d"]])
def test_a_window_that_is_no_duration_is_an_error_that_says_where(wrong: object) -> None:
    model = {"dataset": "d", "label": "y", "inputs": ["x"], "monitoring": {"window": wrong}}
    with pytest.raises(msgspec.ValidationError, match=re.escape("$.model[...].monitoring.window")):
        read({"model": {"m": model}})


def test_definitions_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(AttributeError):
        ARRIVALS.event_time = "seen_at"  # type: ignore[misc]


def test_only_durations_need_help_on_their_way_to_json() -> None:
    with pytest.raises(TypeError):
        write_duration(object())


def test_an_editor_is_told_every_key_and_how_a_duration_looks() -> None:
    schema = json_schema()["$defs"]
    assert schema["ModelDefinition"]["required"] == ["dataset", "label", "inputs"]
    assert schema["ModelDefinition"]["additionalProperties"] is False
    window = schema["MonitoringDefinition"]["properties"]["window"]
    assert re.match(window["pattern"], "30d")
    assert not re.match(window["pattern"], "30 days")
