"""Jobs of Spark as they are written; `scripts/prove spark` runs them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec
import pytest
import sqlglot
from sqlglot import exp

from keepfit.adapters.spark.job import JoinJob, join_job, results_of
from keepfit.adapters.spark.job_results import take_over
from keepfit.application.plan_training_set import plan_of
from keepfit.definitions import compiling
from keepfit.errors import Conflict
from keepfit.features.expressions.spark_sql import differing, to_spark
from keepfit.features.offline.plan import TrainingSetPlan
from proofs.spark.events import DEFINITIONS


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> TrainingSetPlan:
    folder = tmp_path_factory.mktemp("definitions")
    (folder / "rides.toml").write_text(DEFINITIONS)
    return plan_of(compiling.compile_all(folder).models["lateness"])


@pytest.fixture(scope="module")
def job(plan: TrainingSetPlan) -> JoinJob:
    parts = {"rides": ["s3://lake/a.parquet", "s3://lake/b.parquet"], "states": []}
    return join_job(plan, parts, rows=7, spine="s3://runs/spine.parquet", output="s3://runs/results/")


def test_a_job_names_files_and_results_and_survives_being_written_down(job: JoinJob) -> None:
    assert [table.paths for table in job.tables] == [
        ["s3://runs/spine.parquet"],
        ["s3://lake/a.parquet", "s3://lake/b.parquet"],
        [],
    ]
    written = [statement.output for statement in job.statements if statement.output]
    assert written == [
        f"s3://runs/results/{name}/" for name in ("aggregates_0", "newest_0", "aggregates_1", "newest_1")
    ]
    assert msgspec.json.decode(msgspec.json.encode(job), type=JoinJob) == job


def test_every_statement_is_one_select_of_spark_that_orders_within_entities_alone(job: JoinJob) -> None:
    for statement in job.statements:
        [parsed] = sqlglot.parse(statement.sql, dialect="spark")
        assert isinstance(parsed, exp.Query), statement.name
        for window in parsed.find_all(exp.Window):
            assert window.args["partition_by"], statement.name
        for join in parsed.find_all(exp.Join):
            assert join.args.get("on") is not None, statement.name


def test_results_have_the_features_of_their_views_in_order(plan: TrainingSetPlan) -> None:
    features = {result.name: result.features for result in results_of(plan)}
    assert features["newest_0"] == ["fare", "seats"]
    assert features["aggregates_1"] == ["states", "charges"]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute(
        "CREATE TABLE spine AS SELECT 'a' AS _source_sha256, n AS _source_row, n AS car FROM range(3) AS _(n)"
    )
    return made


def _found(connection: duckdb.DuckDBPyConnection, plan: TrainingSetPlan, folder: Path) -> None:
    """Each result knows of the second row alone."""
    for result in results_of(plan):
        (folder / result.name).mkdir()
        values = ", ".join(f"{n + 1} AS f{n}" for n in range(len(result.features)))
        path = folder / result.name / "part-0.parquet"
        connection.execute(f"COPY (SELECT 2 AS _row, {values}) TO '{path}' (FORMAT parquet)")


def test_rows_of_which_nothing_is_found_stay_with_counts_of_nothing(
    connection: duckdb.DuckDBPyConnection, plan: TrainingSetPlan, tmp_path: Path
) -> None:
    _found(connection, plan, tmp_path)
    rows = take_over(connection, plan, tmp_path, rows=3)
    asked = f"SELECT car, fare, rides_1d, fares_7d, sizes, charge FROM ({rows}) ORDER BY car"
    assert connection.execute(asked).fetchall() == [
        (0, None, 0, None, 0, None),
        (1, 1.0, 1, 4.0, 11, 1.0),
        (2, None, 0, None, 0, None),
    ]


def test_results_for_other_rows_are_not_taken_over(
    connection: duckdb.DuckDBPyConnection, plan: TrainingSetPlan, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="joined to 4 rows, and there are 3 now"):
        take_over(connection, plan, tmp_path, rows=4)


@pytest.mark.parametrize(
    ("said", "in_spark"),
    [
        ("SELECT a // b, x::INT FROM t", "SELECT a DIV b, CAST(x AS INT) FROM t"),
        ('SELECT "a b" FROM t ORDER BY 1', "SELECT `a b` FROM t ORDER BY 1 NULLS LAST"),
        (r"x = 'it''s \n'", r"x = 'it\'s \\n'"),
    ],
)
def test_duckdb_s_sql_is_said_in_spark_s(said: str, in_spark: str) -> None:
    assert to_spark(said) == in_spark


def test_what_spark_may_compute_otherwise_is_named() -> None:
    column = ["column", "n", "float"]
    same = [
        "and",
        ["in", column, [["number", 1.0]]],
        ["case", [[["is null", column], ["bool", True]]], ["null"]],
    ]
    assert list(differing(same)) == []
    assert list(differing(["or", same, ["=", ["/", column, column], ["extract", "hour", column]]])) == [
        "/",
        "extract",
    ]
    assert list(differing(["like", "50\\%", column])) == ["like"]
