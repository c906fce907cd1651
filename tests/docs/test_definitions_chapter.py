from __future__ import annotations

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from keepfit import catalogue
from keepfit.definitions import Catalogue, ModelDefinition, write_duration
from keepfit.features.definition import DatasetDefinition, FeatureViewDefinition, Field
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.serving.definition import ReleaseDefinition
from keepfit.training.definition import (
    Algorithm,
    CandidateDefinition,
    GatesDefinition,
    RetrainingDefinition,
    TrainingDefinition,
)
from tests.docs.readme import Readme

SECTIONS: dict[str, type[msgspec.Struct]] = {
    "`[dataset.<name>]`": DatasetDefinition,
    "`[dataset.<name>.fields]`": Field,
    "`[feature_view.<name>]`": FeatureViewDefinition,
    "`[model.<name>]`": ModelDefinition,
    "`[model.<name>.training]`": TrainingDefinition,
    "`[model.<name>.training.candidates.<candidate>]`": CandidateDefinition,
    "`[model.<name>.gates]`": GatesDefinition,
    "`[model.<name>.release]`": ReleaseDefinition,
    "`[model.<name>.monitoring]`": MonitoringDefinition,
    "`[model.<name>.retraining]`": RetrainingDefinition,
}
each_section = pytest.mark.parametrize(
    ("heading", "struct"), SECTIONS.items(), ids=lambda value: getattr(value, "__name__", "")
)


def _structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """Every Struct that a definition can hold."""
    if (
        isinstance(kind, type)
        and not isinstance(kind, types.GenericAlias)
        and issubclass(kind, msgspec.Struct)
    ):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from _structs(field.type)
    for part in get_args(kind):
        yield from _structs(part)


def _default(field: msgspec.structs.FieldInfo) -> str:
    """A default as TOML writes it; tables have none of their own."""
    if field.required:
        return "required"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    written = msgspec.to_builtins(value, enc_hook=write_duration)
    if written is None or isinstance(written, dict):
        return ""
    return f"`{msgspec.json.encode(written).decode().replace(',', ', ')}`"


def test_every_table_of_a_definition_has_its_section() -> None:
    assert set(SECTIONS.values()) == set(_structs(Catalogue)) - {Catalogue}


@each_section
def test_a_section_names_every_key_with_its_default(
    readme: Readme, heading: str, struct: type[msgspec.Struct]
) -> None:
    described = {row[0]: row[1] for row in readme.rows(heading)}
    assert described == {f"`{field.name}`": _default(field) for field in msgspec.structs.fields(struct)}


@each_section
def test_a_section_says_what_each_key_means(
    readme: Readme, heading: str, struct: type[msgspec.Struct]
) -> None:
    for row in readme.rows(heading):
        assert len(row) == 3, row
        assert len(row[2].split()) >= 3, f"{struct.__name__}.{row[0]} is not explained"


def test_every_algorithm_is_named(readme: Readme) -> None:
    section = readme.section("`[model.<name>.training.candidates.<candidate>]`")
    assert [algorithm for algorithm in get_args(Algorithm) if f"`{algorithm}`" not in section] == []


def test_the_definitions_shown_can_be_used(readme: Readme, tmp_path: Path) -> None:
    for number, block in enumerate(readme.blocks("toml")):
        (tmp_path / f"{number}.toml").write_text(block)
    loaded = catalogue.load(tmp_path)
    assert loaded.model
    for name in loaded.model:
        catalogue.compile_model(loaded, name)
