"""Definitions whose features Spark joins: what is refused of them, and what they become."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import decode_model, encode
from keepfit.errors import InvalidDefinition

TOML = """
[dataset.visits]
event_time = "at"
[dataset.visits.fields]
at = { type = "timestamp" }
shop = { type = "category" }
late = { type = "bool" }
[dataset.offers]
EVENT
[dataset.offers.fields]
since = { type = "timestamp" }
shop = { type = "category" }
price = { type = "float" }
look = { type = "vector", length = 2 }
[feature_view.offer]
dataset = "offers"
entity = ["shop"]
latest = ["LATEST"]
TTL
WHERE
[model.lateness]
dataset = "visits"
label = "late"
inputs = ["at"]
features = ["offer:*"]
training.engine = "ENGINE"
"""


def compiled(folder: Path, **said: str) -> compiling.CompiledModel:
    words = {
        "EVENT": 'event_time = "since"',
        "LATEST": "price",
        "TTL": 'ttl = "1d"',
        "WHERE": "",
        "ENGINE": "spark",
    }
    toml = TOML
    for word, value in (words | said).items():
        toml = toml.replace(word, value)
    (folder / "m.toml").write_text(toml)
    return compiling.compile_all(folder).models["lateness"]


def test_the_sql_of_views_travels_in_both_dialects(tmp_path: Path) -> None:
    made = compiled(tmp_path, WHERE="where = \"price > 2 AND shop <> 'a'\"")
    [text] = [text for text in made.spark or {} if "<>" in text]
    assert (made.spark or {})[text] == "((CAST(`price` AS DOUBLE) > CAST(2.0 AS DOUBLE)) AND (`shop` <> 'a'))"
    assert decode_model(encode(made)) == made


def test_a_definition_without_spark_is_what_it_was(tmp_path: Path) -> None:
    assert b"spark" not in encode(compiled(tmp_path, ENGINE="duckdb"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"WHERE": 'where = "floor(price) > 2"'}, "uses floor, which Spark may compute otherwise"),
        ({"LATEST": "look"}, "offer:look is a vector"),
        ({"EVENT": "", "TTL": ""}, "reads no view whose rows have a time"),
        ({"ENGINE": "sparc"}, "sparc"),
    ],
)
def test_what_spark_would_not_do_alike_is_a_mistake(tmp_path: Path, said: dict[str, str], why: str) -> None:
    with pytest.raises(InvalidDefinition, match=why):
        compiled(tmp_path, **said)


def test_size_decides_by_default_at_fifty_million_rows(tmp_path: Path) -> None:
    assert compiled(tmp_path, ENGINE="auto").definition.training.most_of_duckdb == 50_000_000
