"""The document of a join on Spark: tables as lists of files, and statements.

A program that knows no more than this carries it out; all that is computed is said here.
"""

from __future__ import annotations

from typing import Final

import msgspec

EXCHANGE: Final = "spark"
"""The folder of an engine's files of it."""
SPINE: Final = "spine.parquet"
JOB: Final = "job.json"
RESULTS: Final = "results"
PLAN_JOIN: Final = "plan_join"
"""The step of a run that plans a join, before its training set is built."""


class JobTable(msgspec.Struct, frozen=True, kw_only=True):
    """Parquet files that are a table; ``schema`` names and types its columns."""

    name: str
    schema: str
    paths: list[str]


class JobStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A SELECT: a view of this name, or a result that is written to the folder ``output`` as Parquet."""

    name: str
    sql: str
    output: str | None = None


class JoinJob(msgspec.Struct, frozen=True, kw_only=True):
    """A join's tables and its statements in their order; ``rows`` is how many rows ask."""

    rows: int
    tables: list[JobTable]
    statements: list[JobStatement]

    @property
    def paths(self) -> set[str]:
        """The addresses of all files that it reads."""
        return {path for table in self.tables for path in table.paths}
