"""`scripts/prove`: runs proofs, prints their results, and exits with 1 where one fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.table import Table

from cli.exits import Exit
from cli.failures import expected
from cli.output import Shown, show, show_document, working
from cli.rendering.tables import table
from proofs import (
    big_csv,
    faults,
    graphs,
    long_tests,
    mlflow_proof,
    public_tables,
    releases,
    segments,
    tenants,
    upload_to_release,
    writers,
    year,
)
from proofs.api_contract import prove as api
from proofs.inference_clients import prove as clients
from proofs.poison import prove as poison
from proofs.proof import Claim, Proof, Tell
from proofs.searches import prove as searches
from proofs.spark import prove as spark
from proofs.tables import searching as searching_tables


class Name(StrEnum):
    """The names of the proofs."""

    YEAR = year.NAME
    BIG_CSV = big_csv.NAME
    UPLOAD_TO_RELEASE = upload_to_release.NAME
    FAULTS = faults.NAME
    WRITERS = writers.NAME
    RELEASES = releases.NAME
    TABLES = public_tables.NAME
    MLFLOW = mlflow_proof.NAME
    CLIENTS = clients.NAME
    API = api.NAME
    TENANTS = tenants.NAME
    POISON = poison.NAME
    SEARCH = searches.NAME
    SEGMENTS = segments.NAME
    SPARK = spark.NAME
    GRAPHS = graphs.NAME
    TESTS = long_tests.NAME


PROOFS: dict[Name, Callable[[Tell], Proof]] = {
    Name.YEAR: year.prove,
    Name.BIG_CSV: big_csv.prove,
    Name.UPLOAD_TO_RELEASE: upload_to_release.prove,
    Name.FAULTS: faults.prove,
    Name.WRITERS: writers.prove,
    Name.RELEASES: releases.prove,
    Name.TABLES: public_tables.prove,
    Name.MLFLOW: mlflow_proof.prove,
    Name.CLIENTS: clients.prove,
    Name.API: api.prove,
    Name.TENANTS: tenants.prove,
    Name.POISON: poison.prove,
    Name.SEARCH: searches.prove,
    Name.SEGMENTS: segments.prove,
    Name.SPARK: spark.prove,
    Name.GRAPHS: graphs.prove,
    Name.TESTS: long_tests.prove,
}

SEARCHING: dict[Name, Callable[[Tell], Proof]] = {
    Name.YEAR: year.prove_with_search,
    Name.TABLES: searching_tables.prove,
}
"""What `--search` runs instead."""


def main(
    names: Annotated[list[Name] | None, typer.Argument(help="The proofs to run; all by default.")] = None,
    *,
    search: Annotated[
        bool, typer.Option("--search", help="Of year and tables: with a search in the definition.")
    ] = False,
    events: Annotated[
        int, typer.Option(help="Of spark: how many events are joined.", min=1000)
    ] = spark.EVENTS,
    cases: Annotated[int, typer.Option(help="Of api: how many requests are sent.", min=100)] = api.CASES,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """Runs proofs on this machine that take longer than a test may.

    year: a year of flights, played twice. big-csv: ingest takes 2 GB in 1 GB of memory. upload-to-release: 50,000
    rows become a released model in 30 seconds. faults: every function on 30 bad days of AWS. writers: 8 of them move
    one alias 8,000 times. releases: 20 releases and rollbacks under 16 connections of load. tables: public tables
    become served models by `keepfit new` and `keepfit train` alone, no worse than plainly tuned scikit-learn. mlflow:
    MLflow loads and serves versions with the same answers, and shows runs, which end without it, too. clients: models
    are asked by tritonclient and KServe. api: 10,000 requests that are drawn from its description are answered as
    that says, none by 5xx. spark: it joins what DuckDB does, value for value. poison: wrong uploads of twelve kinds
    change no champion, and honest ones still do. search: 205 trials by one worker and by several, three of which
    misbehave, with one winner and a bounded history. segments: 300 stores get models of their own in one release
    within ten minutes, better than one model. graphs: another champion of one model of an ensemble is one canary,
    under load. tests: those that `scripts/test` leaves out, and ten times the examples of those that draw.
    """
    tried: dict[Name, Callable[[Tell], Proof]] = dict(SEARCHING if search else PROOFS)
    if Name.SPARK in tried and events != spark.EVENTS:
        tried[Name.SPARK] = partial(spark.prove, events=events)
    if Name.API in tried and cases != api.CASES:
        tried[Name.API] = partial(api.prove, cases=cases)
    proofs = []
    for name in names or list(tried):
        proofs.append(_run(name, tried))
        if not as_json:  # each as soon as it is there: the next may take minutes
            show(Shown(document=None, parts=tuple(_parts(proofs[-1]))), as_json=False)
    holds = all(proof.holds for proof in proofs)
    if as_json:
        show_document({"holds": holds, "proofs": [proof.document() for proof in proofs]})
    raise typer.Exit(Exit.OK if holds else Exit.FAILED)


def _run(name: Name, proofs: Mapping[Name, Callable[[Tell], Proof]]) -> Proof:
    """Runs one proof; one that cannot run counts as failed, and the others go on."""
    if name not in proofs:
        return _untried(name, f"--search is an option of {' and '.join(proofs)}")
    try:
        with working(f"proofs {name}") as tell:
            return proofs[name](tell)
    except Exception as error:
        told = expected(error)
        if told is None:
            raise
        return _untried(name, str(told))


def _untried(name: Name, why: str) -> Proof:
    return Proof(name=name, claims=[Claim(promise="it can be tried", found=why, holds=False)], figures={})


def _parts(proof: Proof) -> Iterator[RenderableType]:
    if proof.details:
        names = list(dict.fromkeys(name for row in proof.details for name in row))
        shown = [name.replace("_", " ") for name in names]
        yield table(proof.name, shown, [[row.get(name) for name in names] for row in proof.details])
    yield _claims(proof)


def _claims(proof: Proof) -> Table:
    drawn = Table("promise", "found", "", title=proof.name, title_justify="left")
    for claim in proof.claims:
        drawn.add_row(claim.promise, claim.found, "holds" if claim.holds else "[red]does not hold[/]")
    return drawn


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app(prog_name="scripts/prove")
