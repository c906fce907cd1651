"""The function that builds training sets, from uploads that went through ingest to the run's files."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import msgspec
import numpy as np
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_intake import S3Intake
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.features import MemoryEvents
from keepfit.definitions import compiled_model as definitions
from keepfit.definitions import compiling
from keepfit.errors import EmptyWindow, InvalidDefinition, NotFound
from keepfit.features.encoding.matrix import Encoder
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.schema.rules import check_instances, read_column
from keepfit.features.schema.signature import Signature, from_json
from keepfit.layout import rows_folder
from keepfit.monitoring.profiles.profile import ReferenceProfile
from tests.functions import run_documents
from tests.functions.conftest import Load

RUN_ID = "20130601T120000-00000000"
FOLDER = f"runs/delay/{RUN_ID}"
START = datetime(2013, 1, 1, tzinfo=UTC)
NEWEST = START + timedelta(hours=2399)

TOML = """
[dataset.flights]
event_time = "departure"
known_at   = "arrival"
[dataset.flights.fields]
departure = { type = "timestamp" }
arrival   = { type = "timestamp" }
carrier   = { type = "category", nullable = true }
origin    = { type = "category" }
seats     = { type = "int", min = 0 }
late      = { type = "bool", nullable = true }
[dataset.weather]
event_time = "observed"
[dataset.weather.fields]
observed  = { type = "timestamp" }
origin    = { type = "category" }
temp      = { type = "float", nullable = true }
sky       = { type = "category" }
[feature_view.weather_there]
dataset = "weather"
entity  = ["origin"]
latest  = ["temp", "sky"]
delay   = "2h"
ttl     = "3h"
[model.delay]
dataset  = "flights"
label    = "late"
inputs   = ["departure", "carrier", "origin", "seats"]
features = ["weather_there:*"]
[model.delay.derive]
hour   = "extract(hour from departure at time zone 'America/New_York')"
frosty = "temp < 0 and sky = 'clear'"
per    = "100 / seats"
[model.delay.training]
window       = "80d"
holdout      = "10d"
minimum_rows = 100
max_rows     = 1000
"""


RATES = """
[feature_view.rates]
dataset = "flights"
entity  = ["carrier"]
delay   = "2h"
where   = "late IS NOT NULL"
[feature_view.rates.aggregates]
landed    = { aggregate = "count", window = "1d" }
late_rate = { aggregate = "mean", of = "late", window = ["1d", "7d"] }
"""


def flights() -> Iterable[str]:
    yield "departure,arrival,carrier,origin,seats,late\n"
    for hour in range(2400):
        at = START + timedelta(hours=hour)
        carrier = ["AA", "UA", "", "DL"][hour % 4] if hour < 2300 else "NEW"
        late = "" if hour % 50 == 0 else str((hour * 7919) % 10 < (6 if carrier == "UA" else 2)).lower()
        arrival, origin = at + timedelta(hours=3), "JFK" if hour % 3 else "EWR"
        yield f"{at.isoformat()},{arrival.isoformat()},{carrier},{origin},{hour % 5},{late}\n"


def weather() -> Iterable[str]:
    for hour in range(0, 2400, 2):
        for origin in ("JFK", "EWR"):
            if hour % 24 < 16:
                at = (START + timedelta(hours=hour)).isoformat()
                temp = None if hour % 10 == 0 else hour % 30 - 10
                yield (
                    json.dumps(
                        {
                            "observed": at,
                            "origin": origin,
                            "temp": temp,
                            "sky": "clear" if hour % 4 else "grey",
                        }
                    )
                    + "\n"
                )


def take(dataset: str, key: str, lines: Iterable[str], folder: Path) -> int:
    """Uploads and ingests; answers with the dataset's newest version."""
    (folder / "definitions").mkdir(exist_ok=True)
    (folder / "definitions" / "delay.toml").write_text(TOML)
    client("s3").put_object(Bucket="intake", Key=key, Body="".join(lines).encode())
    ingest = Ingest(
        dataset=dataset,
        definition=compiling.load(folder / "definitions").dataset[dataset],
        intake=S3Intake(bucket="intake"),
        lake=S3Lake(bucket="lake"),
        records=DynamoDatasets(table="registry"),
        events=MemoryEvents(),
    )
    taken = ingest.take(key, None)
    assert taken.version is not None, taken.reason
    return taken.version


def admitted(data: dict[str, int], folder: Path, toml: str = TOML) -> None:
    """What Admit leaves for the run."""
    (folder / "model").mkdir(exist_ok=True)
    (folder / "model" / "delay.toml").write_text(toml)
    compiled = compiling.compile_model(compiling.load(folder / "model"), "delay")
    artifacts = S3Artifacts(bucket="artifacts")
    artifacts.put(f"{FOLDER}/definition.json", definitions.encode(compiled))
    artifacts.put(f"{FOLDER}/run.json", run_documents.admitted_run(data))


@pytest.fixture
def data(training_stack: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, int]:
    """Both datasets in the lake, flights as two uploads; the versions that a run would read."""
    for bucket in ("intake", "lake"):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    header, *rows = flights()
    take("flights", "flights/newer.csv", [header, *rows[1200:]], tmp_path)
    return {
        "flights": take("flights", "flights/older.csv", [header, *rows[:1200]], tmp_path),
        "weather": take("weather", "weather/all.jsonl", weather(), tmp_path),
    }


@pytest.fixture
def built(data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path) -> dict[str, Any]:
    admitted(data, tmp_path)
    answer: dict[str, Any] = load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    return answer


def file(name: str) -> bytes:
    folder = rows_folder(FOLDER) if name.endswith((".parquet", ".jsonl", ".npy")) else FOLDER
    return S3Artifacts(bucket="artifacts").get(f"{folder}/{name}")


def rows(name: str, folder: Path) -> dict[str, Any]:
    (folder / name).write_bytes(file(name))
    return DuckdbRows().columns(
        folder / name, ["_event_time", "_label", *(c.name for c in signature().model_columns)]
    )


def signature() -> Signature:
    return from_json(file("signature.json"))


def holdout_instances() -> list[dict[str, Any]]:
    return [json.loads(line)["instance"] for line in file("holdout.jsonl").splitlines()]


def test_the_newest_days_judge_and_the_window_before_them_trains(
    built: dict[str, Any], tmp_path: Path
) -> None:
    facts = json.loads(file("training_set.json"))
    train, holdout = rows("train.parquet", tmp_path), rows("holdout.parquet", tmp_path)
    split = NEWEST - timedelta(days=10)
    candidates = ["lightgbm", "logistic", "stacked", "xgboost"]
    assert built == {
        "candidates": [{"name": name, "rounds": []} for name in candidates],
        "rows": 1000,
        "selects": False,
        "on": "lambda",
        "segmented": False,
        "batches": [],
    }
    assert facts["split_at"] == "2013-03-31T23:00:00Z"
    assert (facts["rows"], facts["holdout_rows"], facts["available_rows"]) == (1000, 236, 1643)
    assert (
        train["_event_time"].max() <= np.datetime64(split.replace(tzinfo=None)) < holdout["_event_time"].min()
    )
    assert train["_event_time"].min() > np.datetime64((NEWEST - timedelta(days=80)).replace(tzinfo=None))
    assert (np.diff(train["_event_time"]) >= np.timedelta64(0, "us")).all()
    assert (np.diff(holdout["_event_time"]) >= np.timedelta64(0, "us")).all()
    assert (facts["waiting_rows"], facts["median_lateness_s"]) == (3, 3 * 3600)
    validation = rows("validation.parquet", tmp_path)
    assert facts["validation_rows"] == len(validation["_label"]) == pytest.approx(1643 / 2, abs=1)
    # Of those, some are not in the sample that trains.
    assert 0 < facts["validation_only_rows"] < 643
    true = int(np.sum(train["_label"]))
    assert facts["labels"]["classes"] == {"false": len(train["_label"]) - true, "true": true}
    assert facts["left_out"] == {
        "no label": 48,
        "older than the window": 470,
        "label not known at the cut": 3,
        "more than max_rows": 643 - facts["validation_only_rows"],
    }
    assert 1000 + facts["validation_only_rows"] + 236 + sum(facts["left_out"].values()) == 2400


def test_rows_without_a_time_are_drawn_and_known_again_by_the_next_run(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    timeless = TOML.replace('event_time = "departure"\nknown_at   = "arrival"\n', "")
    timeless = timeless.replace('window       = "80d"\nholdout      = "10d"\n', "")
    timeless = timeless.replace('"departure", "carrier",', '"departure",')
    timeless = timeless.replace("[model.delay]", '[model.delay]\nevaluation.fairness = ["carrier"]')
    timeless = timeless.replace(
        "[model.delay.training]", '[model.delay.training]\nfeature_selection = "shadow"'
    )
    admitted(data, tmp_path, timeless)
    built = load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    assert built["selects"] is True
    facts = json.loads(file("training_set.json"))
    lines = [json.loads(line) for line in file("holdout.jsonl").splitlines()]
    trained = np.load(io.BytesIO(file("trained_ids.npy")))
    assert facts["split"] == "random"
    assert facts["holdout_rows"] == len(lines) == pytest.approx(2352 / 5, abs=3)
    assert _rate(facts["holdout_labels"]) == pytest.approx(_rate(facts["labels"]), abs=0.02)
    assert facts["left_out"] == {"no label": 48}
    assert 1000 + facts["validation_only_rows"] + len(lines) + 48 == 2400
    assert facts["validation_rows"] == 2352 - len(lines)
    assert len(trained) == 2000
    assert not np.isin(trained, [number for line in lines for number in line["ids"]]).any()
    assert signature().event_time is None
    # What it is evaluated by is kept with the rows that judge, though no client sends it.
    assert "carrier" not in lines[0]["instance"]
    assert all(line["beside"].keys() == {"carrier"} for line in lines)
    assert len({line["line"] for line in lines}) == len(lines)


def _rate(labels: dict[str, dict[str, int]]) -> float:
    return labels["classes"]["true"] / sum(labels["classes"].values())


@pytest.mark.usefixtures("built")
def test_serving_makes_the_same_bits_of_an_instance_as_training_of_its_row(tmp_path: Path) -> None:
    columns = {column.name: column for column in signature().instance_columns}
    instances = holdout_instances()
    assert check_instances(columns, instances) == []
    sent = {
        name: list(read_column(field, [instance[name] for instance in instances]))
        for name, field in columns.items()
    }
    served = Encoder(signature()).encode(sent)
    trained = Encoder(signature()).encode(rows("holdout.parquet", tmp_path))
    assert served.tobytes() == trained.tobytes()
    assert np.isnan(trained).any(axis=0).tolist() == [False, False, False, True, False, True, False, True]


@pytest.mark.usefixtures("built")
def test_features_are_what_was_known_two_hours_before_and_not_older_than_their_ttl() -> None:
    known = [
        (datetime.fromisoformat(w["observed"]), w["origin"], w["temp"], w["sky"])
        for w in map(json.loads, weather())
    ]
    for instance in holdout_instances()[::7]:
        seen = datetime.fromisoformat(instance["departure"]) - timedelta(hours=2)
        counted = [
            w for w in known if w[1] == instance["origin"] and seen - timedelta(hours=3) <= w[0] <= seen
        ]
        expected = max(counted)[2:] if counted else (None, None)
        assert (instance["temp"], instance["sky"]) == expected


def test_rates_are_of_flights_that_had_landed_two_hours_before(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    toml = TOML.replace('["weather_there:*"]', '["weather_there:*", "rates:*"]')
    toml = toml.replace("[model.delay.derive]", '[model.delay.derive]\nrise = "late_rate_1d - late_rate_7d"')
    admitted(data, tmp_path, f"{toml}{RATES}")
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    header, *lines = (line.strip().split(",") for line in flights())
    flown = [dict(zip(header, line, strict=True)) for line in lines]
    for instance in holdout_instances()[::13]:
        seen = datetime.fromisoformat(instance["departure"]) - timedelta(hours=2)
        landed = [
            flight["late"] == "true"
            for flight in flown
            if flight["carrier"] and flight["carrier"] == instance["carrier"] and flight["late"]
            if seen - timedelta(days=1) <= datetime.fromisoformat(flight["departure"]) <= seen
            if datetime.fromisoformat(flight["arrival"]) <= seen
        ]
        expected = sum(landed) / len(landed) if landed else None
        assert (instance["landed"], instance["late_rate_1d"]) == (len(landed), expected)
    columns = {column.name: column.type for column in signature().columns}
    assert (columns["landed"], columns["late_rate_1d"], columns["rise"]) == ("int", "float", "float")


@pytest.mark.usefixtures("built")
def test_vocabularies_know_nothing_of_the_holdout() -> None:
    vocabularies = {column.name: column.vocabulary for column in signature().columns}
    assert sorted(vocabularies["carrier"] or []) == ["AA", "DL", "UA"]
    assert (vocabularies["carrier"] or [])[-1] == "UA"
    assert {instance["carrier"] for instance in holdout_instances()} >= {"NEW"}
    assert vocabularies["departure"] is None


@pytest.mark.usefixtures("built")
def test_the_signature_says_what_a_client_sends() -> None:
    said = signature()
    assert (said.model, said.label, said.event_time) == ("delay", "late", "departure")
    assert [(c.name, c.source, c.type, c.nullable, c.min) for c in said.columns] == [
        ("departure", "input", "timestamp", False, None),
        ("carrier", "input", "category", True, None),
        ("origin", "input", "category", False, None),
        ("seats", "input", "int", False, 0),
        ("temp", "feature", "float", True, None),
        ("sky", "feature", "category", True, None),
        ("frosty", "derived", "bool", True, None),
        ("hour", "derived", "float", True, None),
        ("per", "derived", "float", True, None),
    ]


@pytest.mark.usefixtures("built")
def test_the_reference_profile_counts_every_row_of_both_parts() -> None:
    profile = ReferenceProfile.from_json(file("profile.json"))
    assert profile.rows == 1236
    assert sorted(profile.columns) == ["carrier", "origin", "seats", "sky", "temp"]


def test_a_budget_of_false_alarms_is_told_how_windows_without_drift_differ(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    watched = "[model.delay.monitoring]\nwindow = '7d'\nfalse_alarms_per_month = 1\nseason = 'week'\n"
    admitted(data, tmp_path, f"{TOML}{watched}domain_classifier_threshold = 0.6\n")
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    profile = ReferenceProfile.from_json(file("profile.json"))
    assert profile.window_seconds == 7 * 24 * 3600
    carrier = profile.columns["carrier"]
    assert set(carrier.nulls) == {"psi", "jensen_shannon", "hellinger", "chi_square"}
    # A week of what 80 days hold: the largest window that was resampled.
    assert 80 < carrier.nulls["psi"].rows[-1] < 170
    assert profile.season is not None
    assert sum(profile.season.rows) == profile.rows
    assert min(profile.season.rows) > 0
    assert profile.sample is not None
    assert {name: len(places) for name, places in profile.sample.places.items()} == dict.fromkeys(
        profile.columns, profile.rows
    )


def test_the_same_inputs_give_the_same_bytes(
    built: dict[str, Any], load: Load, context: SimpleNamespace, data: dict[str, int]
) -> None:
    names = (
        "train.parquet",
        "validation.parquet",
        "holdout.parquet",
        "holdout.jsonl",
        "signature.json",
        "profile.json",
        "training_set.json",
    )
    before = {name: file(name) for name in names}
    # Another writer has overwritten a part since: the manifest's version of it is what is read.
    manifest = S3Lake(bucket="lake").manifest("flights", data["flights"])
    client("s3").put_object(Bucket="lake", Key=manifest.parts[0].key, Body=b"something else")
    assert load("build_training_set/handler").handler({"run_id": RUN_ID}, context) == built
    assert {name: file(name) for name in names} == before


def test_rows_from_before_a_field_was_added_have_none_of_it(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    toml = TOML.replace("late      =", 'gate = { type = "int", nullable = true }\nlate      =')
    toml = toml.replace('"seats"]', '"seats", "gate"]')
    admitted(data, tmp_path, toml)
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    assert {instance["gate"] for instance in holdout_instances()} == {None}


def test_a_field_that_no_longer_is_defined_is_not_missed(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    toml = (
        TOML.replace("seats     =", "berths    =")
        .replace('"seats"]', '"berths"]')
        .replace("/ seats", "/ berths")
    )
    admitted(data, tmp_path, toml.replace('type = "int", min = 0', 'type = "int", nullable = true'))
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    assert {instance["berths"] for instance in holdout_instances()} == {None}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {'seats     = { type = "int"': 'seats     = { type = "float"'},
            "the field seats is defined as float, but version 2 of flights holds it as int; give the field a new name",
        ),
        (
            {'sky       = { type = "category"': 'sky       = { type = "bool"', "sky = 'clear'": "sky"},
            "dataset.weather: the field sky is defined as bool, but version 1 of weather holds it as category",
        ),
        (
            {"late      =": 'gate = { type = "int" }\nlate      =', '"seats"]': '"seats", "gate"]'},
            "the field gate is not nullable, but 1,882 rows of the last 80d lack it; make it nullable, or shorten",
        ),
        (
            {'{ type = "category", nullable = true }': '{ type = "category" }'},
            "dataset.flights: the field carrier is not nullable, but 437 rows of the last 80d lack it",
        ),
    ],
    ids=["type", "type of a feature", "new and required", "required since"],
)
def test_data_that_is_not_what_the_definition_says_is_refused_with_what_to_do(
    data: dict[str, int],
    load: Load,
    context: SimpleNamespace,
    tmp_path: Path,
    changes: dict[str, str],
    reason: str,
) -> None:
    toml = TOML
    for old, new in changes.items():
        assert old in toml
        toml = toml.replace(old, new)
    admitted(data, tmp_path, toml)
    with pytest.raises(InvalidDefinition, match=re.escape(reason)):
        load("build_training_set/handler").handler({"run_id": RUN_ID}, context)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            ("minimum_rows = 100", "minimum_rows = 5000"),
            "1879 labelled rows of the last 80d can train or judge.*3 more rows wait.*3.0 hours late.*upload more",
        ),
        (
            ('holdout      = "10d"', 'holdout = "15h"'),
            "holdout part has 15 labelled rows, and gates.minimum_holdout_rows is 20: .*holdout .now 15h. larger",
        ),
        (('window       = "80d"\nholdout      = "10d"', 'window = "3h"\nholdout = "1h"'), "labelled rows"),
    ],
)
def test_too_little_data_is_said_with_what_to_do(
    data: dict[str, int],
    load: Load,
    context: SimpleNamespace,
    tmp_path: Path,
    change: tuple[str, str],
    reason: str,
) -> None:
    admitted(data, tmp_path, TOML.replace(*change))
    with pytest.raises(EmptyWindow, match=reason):
        load("build_training_set/handler").handler({"run_id": RUN_ID}, context)


def test_an_outcome_of_a_day_that_has_not_come_pushes_nothing_out_of_the_window(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    header, wrong = next(iter(flights())), "2199-01-01T00:00:00Z,2013-04-01T00:00:00Z,UA,JFK,3,true\n"
    version = take("flights", "flights/wrong.csv", [header, wrong], tmp_path)
    admitted({**data, "flights": version}, tmp_path)
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    assert json.loads(file("training_set.json"))["available_rows"] == 1643


def test_parts_say_where_each_row_came_from(data: dict[str, int], tmp_path: Path) -> None:
    lake = S3Lake(bucket="lake")
    [newer, older] = lake.manifest("flights", data["flights"]).parts
    lake.get_part(older, tmp_path / "older.parquet")
    found = duckdb.read_parquet(str(tmp_path / "older.parquet"))
    lineage = (
        found.project("_source_key, _source_version, _source_sha256, min(_source_row) OVER ()")
        .limit(1)
        .fetchall()
    )
    assert lineage == [(older.source.key, older.source.version_id, older.sha256, 2)]
    assert newer.first_event > older.last_event
    assert msgspec.to_builtins(older)["source"]["key"] == "flights/older.csv"


def kept(toml: str) -> str:
    """The same definitions, whose flights stay for 90 days."""
    return toml.replace("[dataset.flights]\n", '[dataset.flights]\nkeep = "90d"\n')


def expire(dataset: str, version: int, *parts: int) -> None:
    """What S3 does: the object goes, old versions too."""
    manifest = S3Lake(bucket="lake").manifest(dataset, version)
    for part in parts:
        key, version_id = manifest.parts[part].key, manifest.parts[part].version_id
        client("s3").delete_object(Bucket="lake", Key=key, VersionId=version_id)


def test_rows_that_have_expired_do_not_train_and_the_run_says_how_many(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    admitted(data, tmp_path, kept(TOML))
    expire("flights", data["flights"], 1)
    load("build_training_set/handler").handler({"run_id": RUN_ID}, context)
    facts = json.loads(file("training_set.json"))
    assert facts["expired"] == {"flights": {"files": 1, "rows": 1200}}
    assert facts["available_rows"] + facts["holdout_rows"] + facts["waiting_rows"] <= 1200


def test_a_run_whose_rows_have_all_expired_says_so(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    admitted(data, tmp_path, kept(TOML))
    expire("flights", data["flights"], 0, 1)
    with pytest.raises(EmptyWindow, match="every row of flights has expired, because of keep = '90d'"):
        load("build_training_set/handler").handler({"run_id": RUN_ID}, context)


def test_rows_that_are_gone_though_nothing_may_expire_end_the_run(
    data: dict[str, int], load: Load, context: SimpleNamespace, tmp_path: Path
) -> None:
    admitted(data, tmp_path)
    expire("flights", data["flights"], 1)
    with pytest.raises(NotFound, match="has no keep"):
        load("build_training_set/handler").handler({"run_id": RUN_ID}, context)


@pytest.mark.usefixtures("built")
def test_rows_lie_apart_from_what_is_said_of_them() -> None:
    """So that they may expire, and what a version's lineage needs does not."""
    keys = S3Artifacts(bucket="artifacts").list("runs/delay/")
    assert {key.removeprefix("runs/delay/") for key in keys if key.startswith("runs/delay/rows/")} == {
        f"rows/{RUN_ID}/{name}"
        for name in ("train.parquet", "validation.parquet", "holdout.parquet", "holdout.jsonl")
    }
    assert not [key for key in keys if key.startswith(f"{FOLDER}/") and key.endswith((".parquet", ".jsonl"))]
