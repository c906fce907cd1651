"""Mistakes in contracts are told by contract and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledDatasets, decode_datasets, encode
from keepfit.definitions.json_schema import json_schema

TOML = """
[dataset.stations]
[dataset.stations.fields]
id = { type = "int" }
town = { type = "category" }
[dataset.trips]
event_time = "begun_at"
[dataset.trips.fields]
begun_at = { type = "timestamp" }
station = { type = "int" }
kind = { type = "category" }
distance = { type = "float" }
"""


def contract(**keys: object) -> str:
    lines = [f"{key} = {str(value).replace(chr(39), chr(34))}" for key, value in keys.items()]
    return "[[dataset.trips.contracts]]\n" + "\n".join(lines) + "\n"


ALL = [
    contract(rule="'range'", fields=["distance"], min=0, max=500),
    contract(rule="'categories'", fields=["kind"], values=["single", "return"], severity="'refuse'"),
    contract(rule="'unique'", fields=["station", "begun_at"], severity="'warn'"),
    contract(rule="'references'", fields=["station"], dataset="'stations'", to=["id"]),
    contract(rule="'freshness'", within="'2d'"),
    contract(rule="'row_count'", min=10, max_share=3),
    contract(rule="'distribution'", fields=["kind", "distance"], max_shift=0.3, name="'as ever'"),
]


def mistakes(folder: Path, *contracts: str) -> list[str]:
    (folder / "trips.toml").write_text(TOML + "".join(contracts))
    return [str(each) for each in compiling.examine(folder).mistakes]


def test_every_rule_may_be_declared_and_travels_with_its_dataset(tmp_path: Path) -> None:
    assert mistakes(tmp_path, *ALL) == []
    datasets = CompiledDatasets(datasets=dict(compiling.compile_all(tmp_path).datasets))
    read = decode_datasets(encode(datasets))
    assert read == datasets
    contracts = read.datasets["trips"].definition.contracts
    assert contracts
    assert [each.title for each in contracts] == [
        "range distance",
        "categories kind",
        "unique station, begun_at",
        "references station",
        "freshness",
        "row_count",
        "as ever",
    ]
    assert b"contracts" not in encode(CompiledDatasets(datasets={"s": read.datasets["stations"]}))
    assert "ContractDefinition" in json_schema()["$defs"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            contract(rule="'ranges'", fields=["distance"]),
            "rule cannot be 'ranges'; it can be range, categories",
        ),
        (
            contract(rule="'range'", fields=["distance"], severity="'drop'"),
            "severity cannot be 'drop'; it can be quarantine, refuse, warn",
        ),
        (
            contract(rule="'range'", min=0),
            "'range': fields is missing; a contract of the rule range needs it",
        ),
        (contract(rule="'range'", fields=["distance"]), "'range distance': min: write min, max or both"),
        (contract(rule="'range'", fields=["distance"], min=2, max=1), "min = 2 is above max = 1"),
        (
            contract(rule="'range'", fields=["kind"], min=0),
            "fields: 'kind' is of type category, and a range is",
        ),
        (
            contract(rule="'range'", fields=["distanse"], min=0),
            "'distanse' is not a field of the dataset; did you mean",
        ),
        (contract(rule="'unique'", fields=["kind", "kind"]), "fields: name at least one, and each only once"),
        (
            contract(rule="'unique'", fields=["kind"], max=1),
            "max means nothing in a contract of the rule unique, which takes fields; leave it out",
        ),
        (
            contract(rule="'categories'", fields=["kind"], values=[]),
            "values: name at least one, and each only once",
        ),
        (
            contract(rule="'categories'", fields=["distance"], values=["1"]),
            "'distance' is of type float, and values",
        ),
        (
            contract(rule="'references'", fields=["station"], dataset="'towns'"),
            "dataset: there is no [dataset.towns]; the datasets are stations, trips",
        ),
        (
            contract(rule="'references'", fields=["station"], dataset="'stations'"),
            "to: 'station' is not a field of [dataset.stations]",
        ),
        (
            contract(rule="'references'", fields=["station"], dataset="'stations'", to=["town"]),
            "fields: 'station' is of type int, and 'town' of [dataset.stations] of type category",
        ),
        (
            contract(rule="'references'", fields=["station"], dataset="'stations'", to=["id", "town"]),
            "to: names 2 fields, and fields names 1",
        ),
        (contract(rule="'freshness'", within="'0s'"), "within must be longer than nothing"),
        (contract(rule="'freshness'", within="'soon'"), "within cannot be 'soon'"),
        (contract(rule="'row_count'"), "min: write min, max, min_share or max_share"),
        (contract(rule="'row_count'", min_share=3, max_share=2), "min_share = 3 is above max_share = 2"),
        (
            contract(rule="'distribution'", fields=["begun_at"]),
            "'begun_at' is of type timestamp, which has no",
        ),
        (ALL[0] + ALL[0], "name: 2 contracts are called 'range distance'; give each a name of its own"),
    ],
)
def test_a_mistake_is_told_with_the_contract_and_its_key(tmp_path: Path, wrong: str, says: str) -> None:
    [told] = mistakes(tmp_path, wrong)
    assert "[dataset.trips" in told
    assert says in told


def test_freshness_needs_a_time(tmp_path: Path) -> None:
    wrong = contract(rule="'freshness'", within="'2d'").replace("trips", "stations")
    [told] = mistakes(tmp_path, wrong)
    assert "and the dataset has no event_time; name it" in told
