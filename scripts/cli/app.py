"""The command `keepfit`: all groups and commands."""

from __future__ import annotations

import io
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer

from cli.framework.lazy_commands import Later
from cli.framework.usage import Outermost

_COMMANDS = (
    Later("local", "cli.commands.local:app", "The embedded cloud on this machine: up, down, reset, status."),
    Later(
        "status",
        "cli.commands.status:status",
        "What serves, what is being trained, what drifts, and how much data there is.",
    ),
    Later(
        "new",
        "cli.commands.new:new",
        "Drafts models/NAME.toml from a table: decides on every column, with a reason for each decision.",
    ),
    Later(
        "check",
        "cli.commands.check:check",
        "Reads a file here as its upload would be read, uploads nothing, and lists all that does not fit.",
    ),
    Later(
        "upload",
        "cli.commands.upload:upload",
        "Puts files into the intake; each becomes a version of the dataset, or is refused with a reason.",
    ),
    Later(
        "datasets",
        "cli.commands.datasets:app",
        "Datasets: how much there is, of which uploads it is made, and what is taken back or forgotten.",
    ),
    Later(
        "features",
        "cli.commands.features:app",
        "Online features: what is kept for requests, how fresh it is, and how it gets there.",
    ),
    Later(
        "catalogue",
        "cli.commands.catalogue:app",
        "The catalogue: which datasets, feature views and models there are, whose, how fresh, and what reads them.",
    ),
    Later(
        "sql",
        "cli.commands.sql:sql",
        "Asks the tables of the catalogue by SQL (Athena; DuckDB in the embedded cloud); reads only.",
    ),
    Later(
        "quarantine",
        "cli.commands.quarantine:app",
        "What did not become data, with the reasons, and what a person decides of it.",
    ),
    Later(
        "train",
        "cli.commands.train:train",
        "Asks for a training, and shows the decision; with FILE, deploys the model here and uploads first.",
    ),
    Later(
        "import",
        "cli.commands.import_model:import_model",
        "Takes a finished ONNX file as a run's only candidate, judged and released like a trained one.",
    ),
    Later("runs", "cli.commands.runs:app", "Training runs: what was trained, what was not, and why."),
    Later(
        "incidents",
        "cli.commands.incidents:app",
        "Incidents: what stopped the automatic trainings of a model, and since when.",
    ),
    Later(
        "notices",
        "cli.commands.notices:app",
        "Notices: what people were told, by which channels, and what did not arrive.",
    ),
    Later(
        "gates",
        "cli.commands.gates:gates",
        "What each gate asks, what was measured of the candidate, and whether it was passed.",
    ),
    Later(
        "models",
        "cli.commands.models:app",
        "Model versions: which exist, which serves, what they are made of.",
    ),
    Later(
        "ledger",
        "cli.commands.ledger:ledger",
        "What served when, who moved it, and why; exit code 1 where the record was tampered with.",
    ),
    Later(
        "audit",
        "cli.commands.audit:app",
        "Audits: what served on a day and why, a version's evidence in one file, its model card.",
    ),
    Later(
        "release",
        "cli.commands.release:release",
        "Packages a registered version with the handler and layers of today, and releases it by a canary.",
    ),
    Later(
        "approvals",
        "cli.commands.approvals:app",
        "Releases that wait for a person, and what a person decides of them.",
    ),
    Later(
        "rollback",
        "cli.commands.rollback:rollback",
        "Ends the canary under way, or brings back what served before, by one move of the alias.",
    ),
    Later(
        "api",
        "cli.commands.api:api",
        "Shows the routes of the prediction API, as OpenAPI describes them.",
    ),
    Later(
        "serve",
        "cli.commands.serve:serve",
        "Serves a version by the routes of the API, without tokens, until a signal ends it.",
    ),
    Later(
        "predict",
        "cli.commands.predict:predict",
        "Sends instances to the prediction API and shows the answer.",
    ),
    Later(
        "batch",
        "cli.commands.batch:batch",
        "Scores the rows of a file, and writes answers beside what was refused.",
    ),
    Later(
        "token",
        "cli.commands.token:token",
        "A bearer token for the prediction API, good for at least two minutes.",
    ),
    Later(
        "clients",
        "cli.commands.clients:app",
        "Clients of the prediction API: list, add, change, remove.",
    ),
    Later(
        "drift", "cli.commands.drift:drift", "The newest drift report; with --run or --window, one made now."
    ),
    Later(
        "performance",
        "cli.commands.performance:performance",
        "How well each version does on what came true, and is estimated to do; counts every outcome.",
    ),
    Later(
        "timeline",
        "cli.commands.timeline:timeline",
        "What moved, what was done about it and whether it helped: drift, trainings, releases, gains.",
    ),
    Later(
        "simulate",
        "cli.commands.simulate:simulate",
        "Asks what serves with rows of a file or made-up ones, at a rate: latencies, errors, drift.",
    ),
    Later(
        "graph",
        "cli.commands.graph:graph",
        "Draws which nodes answer a model's requests, and what each does.",
    ),
    Later(
        "plan",
        "cli.commands.plan:plan",
        "Plans a deployment: resources, changes, costs at idle and of a load, quotas, and what would break.",
    ),
    Later("definitions", "cli.commands.definitions:app", "Check the definitions in models/."),
    Later(
        "init",
        "cli.commands.init:init",
        "Makes a repository: definitions, tests, a CDK app, pinned requirements, and workflows of CI.",
    ),
    Later(
        "changes",
        "cli.commands.changes:changes",
        "Which models a change of the project concerns: those to train again, and why; nothing is trained.",
    ),
    Later(
        "review",
        "cli.commands.review:review",
        "Trains what a change concerns on samples, compares templates, and writes a summary for people.",
    ),
    Later(
        "build",
        "cli.commands.build:build",
        "Makes what the stacks deploy: layers, the request handler, and the contexts of images.",
    ),
    Later(
        "doctor",
        "cli.commands.doctor:doctor",
        "Looks at Python, the environment, Node, the definitions, the place, its credentials and stacks.",
    ),
)

_EXITS = """Exit codes: 0 done, 1 failed, 2 the command line cannot be understood, 3 not there, 4 refused (a suppressed
training, a refused upload, an invalid request), 5 the place cannot be reached, 6 not finished when --wait gave up,
130 interrupted."""


class _Keepfit(Outermost):
    def __init__(self, **declared: Any) -> None:
        super().__init__(**declared)
        for command in _COMMANDS:
            self.add_command(command)


app = typer.Typer(
    cls=_Keepfit,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Files in S3 become a monitored prediction API that keeps itself fit.",
    epilog=" ".join(_EXITS.split()),
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"keepfit {version('keepfit')}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...


def main() -> None:
    """Runs the command of this process's arguments; the process ends with its exit code."""
    if sys.stdout is None:  # closed by the caller, who wants the exit code only
        sys.stdout = io.StringIO()
    app(prog_name="keepfit")
