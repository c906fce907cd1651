"""The command `keepfit`: all groups and commands."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from cli import (
    data,
    definitions,
    doctor,
    drift,
    local,
    models,
    predictions,
    release,
    runs,
    status,
    training,
    uploads,
)

_EXITS = """Exit codes: 0 done, 1 failed, 2 the command line cannot be understood, 3 not there, 4 refused (a suppressed
training, a refused upload, an invalid request), 5 the place cannot be reached, 6 not finished when --wait gave up."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Files in S3 become a monitored prediction API that keeps itself fit.",
    epilog=" ".join(_EXITS.split()),
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"keepfit {version('keepfit')}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


app.add_typer(local.app, name="local")
app.command()(status.status)
app.command()(uploads.upload)
app.command()(data.datasets)
app.command()(data.quarantine)
app.command()(training.train)
app.add_typer(runs.app, name="runs")
app.add_typer(models.app, name="models")
app.command()(release.ledger)
app.command()(release.rollback)
app.command()(predictions.predict)
app.command()(predictions.token)
app.command()(drift.drift)
app.add_typer(definitions.app, name="definitions")
app.command()(doctor.doctor)


def main() -> None:
    """Runs the command of this process's arguments; the process ends with its exit code."""
    app(prog_name="keepfit")
