"""`keepfit runs track`: shows a run to an MLflow tracking server."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.output import Shown
from cli.places.deployment import Deployment
from keepfit import variables
from keepfit.adapters.mlflow.tracking_server import MlflowTrackingServer
from keepfit.application.tracking import tracked_run
from keepfit.training.runs.run_files import RunFiles


@at_place
def track(
    deployment: Deployment,
    run: Annotated[str, typer.Argument(help="The id of a run that is over.")],
    to: Annotated[
        str, typer.Option(envvar=variables.MLFLOW_URI, help="The address of an MLflow tracking server.")
    ],
) -> Shown:
    """Sends a run's parameters, metrics, files, candidates and trials to an MLflow tracking server, once."""
    for name in deployment.models:
        stores = deployment.stores(name)
        known = stores.runs.find(run)
        if known is None:
            continue
        if known.closed_at is None:
            raise CommandError(f"run {run} is under way; track it when it is over", Exit.REFUSED)
        tracked = tracked_run(known, RunFiles(stores.artifacts, known.folder))
        MlflowTrackingServer(uri=to).keep(tracked, experiment=name)
        return Shown(
            document={"run": run, "experiment": name, "candidates": [each.name for each in tracked.children]},
            parts=(f"run {run} is in the experiment {name} of the tracking server",),
        )
    raise CommandError(f"there is no run {run!r} at {deployment.place.name}", Exit.NOT_FOUND)
