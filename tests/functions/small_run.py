"""A run as BuildTrainingSet leaves it: 1,500 rows of a world simple enough to write down."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel, encode
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.features.encoding.vocabulary import fit_vocabulary
from keepfit.features.schema import signature as signatures
from keepfit.features.schema.signature import Column, Signature
from keepfit.layout import rows_folder
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.tasks.spec import BINARY

RUN_ID = "20130301T120000-00000000"
FOLDER = f"runs/delay/{RUN_ID}"
CANDIDATES = ("boosting", "forest", "logistic")
ARTIFACTS = S3Artifacts(bucket="artifacts")

_TOML = """
[dataset.flights]
event_time = "departure"
[dataset.flights.fields]
departure = { type = "timestamp" }
carrier   = { type = "category" }
distance  = { type = "float", min = 0 }
temp      = { type = "float", nullable = true }
late      = { type = "bool", nullable = true }
[model.delay]
dataset  = "flights"
label    = "late"
inputs   = ["departure", "carrier", "distance", "temp"]
[model.delay.derive]
hour = "extract(hour from departure)"
[model.delay.training.candidates]
boosting = { algorithm = "hist_gradient_boosting" }
forest   = { algorithm = "random_forest" }
logistic = { algorithm = "logistic_regression" }
"""
_TRAIN, _VALIDATION, _HOLDOUT = 1000, 300, 500


def compiled(folder: Path) -> CompiledModel:
    """The definition, through a TOML file in ``folder``."""
    (folder / "delay.toml").write_text(_TOML)
    return compiling.compile_model(compiling.load(folder), "delay")


def build(folder: Path, artifacts: ArtifactStore) -> None:
    """Writes the run's files; ``folder`` is scratch."""
    model = compiled(folder)
    table = _rows(_TRAIN + _HOLDOUT)
    train = table[:_TRAIN].assign(_fold=0, _from_fold=1)
    # The newest of what trains validate, and train nothing before.
    newest = train.index >= _TRAIN - _VALIDATION
    train.loc[newest, ["_fold", "_from_fold"]] = 1, 2
    parts = {"train": train, "validation": train[newest], "holdout": table[_TRAIN:]}
    artifacts.put(f"{FOLDER}/definition.json", encode(model))
    artifacts.put(f"{FOLDER}/signature.json", signatures.to_json(_signature(model, parts["train"])))
    for name, part in parts.items():
        path = folder / f"{name}.parquet"
        duckdb.from_df(part).write_parquet(str(path))
        artifacts.put_file(f"{rows_folder(FOLDER)}/{name}.parquet", path)
    artifacts.put(
        f"{rows_folder(FOLDER)}/holdout.jsonl",
        "".join(map(_line, parts["holdout"].to_dict("records"))).encode(),
    )


def _rows(count: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    hours = random.integers(0, 24, count)
    carrier = random.choice(["AA", "B6", "UA", "HA"], count, p=[0.5, 0.3, 0.19, 0.01])
    temp = np.where(random.random(count) < 0.2, np.nan, random.normal(50, 20, count))
    logit = 0.25 * (hours - 15) + (carrier == "B6") - np.nan_to_num(temp - 50) / 20
    return pd.DataFrame(
        {
            "_event_time": [
                datetime(2013, 1, 1, tzinfo=UTC) + timedelta(days=n, hours=int(h))
                for n, h in enumerate(hours)
            ],
            "_label": random.random(count) < 1 / (1 + np.exp(-logit)),
            "carrier": carrier,
            "distance": random.uniform(80, 3000, count),
            "temp": temp,
            "hour": hours.astype(np.float64),
        }
    )


def _signature(model: CompiledModel, train: pd.DataFrame) -> Signature:
    labels, task = train["_label"].to_numpy(), training_task_of(BINARY)
    vocabulary = fit_vocabulary(
        train["carrier"].tolist(), lambda codes, categories: task.rank_categories(codes, categories, labels)
    )
    fields = model.spine.fields
    columns = [
        Column(
            name=name,
            source="input",
            type=fields[name].type,
            nullable=fields[name].nullable,
            min=fields[name].min,
            vocabulary=vocabulary if name == "carrier" else None,
        )
        for name in model.definition.inputs
    ]
    hour = model.derived["hour"]
    columns.append(
        Column(name="hour", source="derived", type=hour.type, nullable=True, expression=hour.expression)
    )
    return Signature(model="delay", label="late", event_time="departure", columns=columns)


def _line(row: Mapping[Hashable, Any]) -> str:
    at, temp = row["_event_time"], row["temp"]
    assert isinstance(at, datetime)
    assert isinstance(temp, float)
    instance = {
        "departure": at.isoformat(),
        "carrier": row["carrier"],
        "distance": row["distance"],
        "temp": None if np.isnan(temp) else temp,
    }
    return json.dumps({"instance": instance, "label": row["_label"]}) + "\n"
