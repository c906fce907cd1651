"""Writes the document of a join on Spark from a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace as changed

from keepfit.adapters.spark.newest_value import newest_values
from keepfit.adapters.spark.rows import Translate, dataset_rows, filtered, known_once, schema_of, view_rows
from keepfit.adapters.spark.spine import TABLE, Spine
from keepfit.adapters.spark.windows import aggregates
from keepfit.features.expressions.spark_sql import to_spark
from keepfit.features.offline.join_job import JobStatement, JobTable, JoinJob
from keepfit.features.offline.plan import TrainingSetPlan, ViewJoin
from keepfit.features.schema.definition import DatasetDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result of a job: features of a view that are newest values, or aggregates."""

    name: str
    join: ViewJoin
    aggregated: bool

    @property
    def features(self) -> list[str]:
        """The names of its columns behind ``_row``, in their order."""
        return [*(self.join.aggregates if self.aggregated else self.join.features)]


def results_of(plan: TrainingSetPlan) -> Iterator[Result]:
    """What a job gives, of the views whose rows have a time."""
    for number, join in enumerate(join for join in plan.joins if not join.timeless):
        if join.aggregates:
            yield Result(name=f"aggregates_{number}", join=join, aggregated=True)
        if join.features:
            yield Result(name=f"newest_{number}", join=join, aggregated=False)


def joined_datasets(plan: TrainingSetPlan) -> list[str]:
    """The datasets whose rows a job reads."""
    return sorted({join.table for join in plan.joins if not join.timeless})


def join_job(
    plan: TrainingSetPlan,
    parts: Mapping[str, Sequence[str]],
    *,
    rows: int,
    spine: str,
    output: str,
    translate: Translate = to_spark,
) -> JoinJob:
    """The job that joins a plan's views.

    Args:
        plan: its timeless views are left to who takes the results over.
        parts: the addresses of the files of each of ``joined_datasets``.
        rows: how many rows ask.
        spine: the address of the file that holds them.
        output: the address of the folder of the results.
        translate: says DuckDB's SQL in Spark's.
    """
    asking = Spine.of(plan)
    tables = [JobTable(name=TABLE, schema=asking.schema, paths=[spine])]
    statements = []
    places = {}
    for number, dataset in enumerate(joined_datasets(plan)):
        definition, places[dataset] = plan.datasets[dataset], f"dataset_{number}"
        tables.append(JobTable(name=f"part_{number}", schema=schema_of(definition), paths=[*parts[dataset]]))
        of = dataset_rows(f"part_{number}", definition, translate)
        statements.append(JobStatement(name=places[dataset], sql=of))
    made: dict[int, tuple[str, DatasetDefinition]] = {}
    for result in results_of(plan):
        join, definition = result.join, plan.datasets[result.join.table]
        if join.sql is not None and id(join) not in made:
            table = f"view_{len(made)}"
            sql = view_rows(join, places[join.table], definition, translate)
            statements.append(JobStatement(name=table, sql=sql))
            made[id(join)] = table, changed(definition, fields=dict(join.fields or {}), key=[])
        table, held = made.get(id(join), (places[join.table], definition))
        sql = _joined(asking, result, table, held, translate)
        statements.append(JobStatement(name=result.name, sql=sql, output=f"{output}{result.name}/"))
    return JoinJob(rows=rows, tables=tables, statements=statements)


def _joined(
    spine: Spine, result: Result, table: str, dataset: DatasetDefinition, translate: Translate
) -> str:
    join = result.join
    if result.aggregated:
        return aggregates(spine, table, join, dataset, translate)
    return newest_values(spine, known_once(filtered(table, join, translate), dataset), join)
