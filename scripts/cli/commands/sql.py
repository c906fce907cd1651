"""`keepfit sql`: asks the catalogue's tables by SQL."""

from __future__ import annotations

import csv
import io
from typing import Annotated

import typer

from cli.framework.command import at_place
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.rendering.tables import table
from keepfit.adapters.aws.athena_queries import AthenaQueries
from keepfit.features.catalogue.query import Answer, refuse_writes
from keepfit.layout import DATABASE

_MEGABYTE = 1_000_000


@at_place
def sql(
    deployment: Deployment,
    query: Annotated[str, typer.Argument(help="One SELECT, as Athena takes it; tables are the datasets.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV, with a header.")] = False,
    limit: Annotated[int, typer.Option(help="The most rows to print.", min=1)] = 1000,
) -> Shown:
    """Asks the tables of the catalogue by SQL (Athena; DuckDB in the embedded cloud); reads only."""
    refuse_writes(query)
    workgroup = deployment.query_workgroup
    with working("asking Athena") as tell:
        answer = AthenaQueries(workgroup=workgroup, database=DATABASE).ask(query, limit=limit, tell=tell)
    hints = (_read(answer), *_more(answer, limit))
    if as_csv:
        return Shown(document=answer, parts=(to_csv(answer),), hints=hints)
    names = [column.name for column in answer.columns]
    return Shown(document=answer, parts=(table("Answer", names, answer.rows, empty="no row"),), hints=hints)


def to_csv(answer: Answer) -> str:
    """The rows below a header; a missing value is an empty cell."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(column.name for column in answer.columns)
    lines.writerows(answer.rows)
    return written.getvalue().removesuffix("\n")


def _read(answer: Answer) -> str:
    return (
        f"{answer.scanned_bytes / _MEGABYTE:.1f} MB read in {answer.seconds:.1f} s, query {answer.query_id}"
    )


def _more(answer: Answer, limit: int) -> tuple[str, ...]:
    if not answer.more:
        return ()
    return (f"There are more than these {limit:,} rows: --limit N shows N, and all are in {answer.results}",)
