"""A training set whose features were joined elsewhere: planned, taken over, and the same as the step's own."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.errors import ServiceUnavailable
from keepfit.layout import rows_folder
from tests.functions.conftest import Load
from tests.functions.test_build_training_set import FOLDER, RUN_ID, TOML, admitted, data, file

__all__ = ["data"]

EXCHANGE = f"{rows_folder(FOLDER)}/spark"
PLAN = {"run_id": RUN_ID, "step": "plan_join"}
NAMES = ("train.parquet", "holdout.parquet", "validation.parquet")


def joining(engine: str, more: str = "") -> str:
    return TOML.replace("minimum_rows = 100", f'minimum_rows = 100\nengine = "{engine}"\n{more}')


@pytest.fixture
def step(load: Load, context: SimpleNamespace) -> Any:
    handler = load("build_training_set/handler").handler
    return lambda **event: handler({"run_id": RUN_ID, **event}, context)


def play_spark(folder: Path) -> None:
    """Writes the results of the planned job, from the training set that DuckDB made of the same rows."""
    artifacts = S3Artifacts(bucket="artifacts")
    artifacts.get_file(f"{EXCHANGE}/spine.parquet", folder / "spine.parquet")
    known = folder / "known"
    known.mkdir()
    for name in NAMES:
        (known / name).write_bytes(file(name))
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT _row, any_value(temp) AS f0, any_value(sky) AS f1 FROM "
            f"'{folder}/spine.parquet' JOIN '{known}/*.parquet' ON _at = epoch_us(_event_time) AND e0 = origin "
            f"WHERE sky IS NOT NULL GROUP BY _row) TO '{folder}/found.parquet' (FORMAT parquet)"
        )
    artifacts.put_file(f"{EXCHANGE}/results/newest_0/part-0.parquet", folder / "found.parquet")


def test_what_was_joined_elsewhere_is_the_same_training_set(
    data: dict[str, int], step: Any, tmp_path: Path
) -> None:
    admitted(data, tmp_path)
    answer = step()
    made = {name: file(name) for name in (*NAMES, "holdout.jsonl", "signature.json")}
    (tmp_path / "played").mkdir()
    admitted(data, tmp_path, joining("spark"))
    planned = step(step="plan_join")
    assert planned["engine"] == "spark"
    assert planned["job"] == f"s3://artifacts/{EXCHANGE}/job.json"
    play_spark(tmp_path / "played")
    assert step() == answer
    for name, body in made.items():
        if not name.endswith(".parquet"):
            assert file(name) == body, name
            continue
        (tmp_path / "one.parquet").write_bytes(body)
        (tmp_path / "other.parquet").write_bytes(file(name))
        one, other = (f"SELECT * FROM '{tmp_path}/{each}.parquet'" for each in ("one", "other"))
        assert (
            duckdb.execute(f"({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})").fetchall()
            == []
        )
    job = json.loads(S3Artifacts(bucket="artifacts").get(f"{EXCHANGE}/job.json"))
    [spine, weather] = job["tables"]
    assert spine["paths"] == [f"s3://artifacts/{EXCHANGE}/spine.parquet"]
    [part] = weather["paths"]
    assert part.startswith("s3://lake/datasets/weather/parts/")
    assert job["rows"] == planned["rows"]
    assert planned["rows"] > 1000
    assert planned["events"] == 1600
    assert job["statements"][-1]["output"] == f"s3://artifacts/{EXCHANGE}/results/newest_0/"


def test_size_decides_and_results_that_are_not_there_are_no_missing_features(
    data: dict[str, int], step: Any, tmp_path: Path
) -> None:
    admitted(data, tmp_path, joining("spark"))
    with pytest.raises(ServiceUnavailable, match="no job was planned for this run"):
        step()
    admitted(data, tmp_path, joining("auto", "spark_above = 1600"))
    assert step(step="plan_join") == {"engine": "duckdb", "events": 1600}
    assert step()["rows"] > 100
    assert S3Artifacts(bucket="artifacts").list(f"{EXCHANGE}/") == []
    admitted(data, tmp_path, joining("auto", "spark_above = 1599"))
    step(step="plan_join")
    with pytest.raises(ServiceUnavailable, match="left no result newest_0"):
        step()
