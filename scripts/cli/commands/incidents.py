"""`keepfit incidents`: what stopped the automatic trainings of a model, and a person's word on it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import Group, ModelArgument, OneModel
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from cli.rendering.tables import table
from keepfit.training.runs.incidents import Incident
from keepfit.views.incidents import read_incidents

app = typer.Typer(
    cls=Group, help="Incidents: what stopped the automatic trainings of a model, and since when."
)

_COLUMNS = ["since", "what", "asked by", "attempts", "reason", "last run", "closed", "by", "why"]


@app.command("list")
@at_place
def list_(
    deployment: Deployment,
    model: ModelArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="Show those that were closed, too.")] = False,
) -> Shown:
    """Incidents that are open, the newest first."""
    models = [model] if model else list(deployment.models)
    found = read_incidents(map(deployment.stores, models), everything=everything)
    rows = [(each.model, *_row(each)) for each in found]
    empty = "none was ever opened" if everything else "none is open"
    still_open = dict.fromkeys(each.model for each in found if each.closed_at is None)
    return Shown(
        document=found,
        parts=(table("Incidents", ["model", *_COLUMNS], rows, empty=empty),),
        hints=tuple(
            f"When the cause is mended: keepfit incidents close {name} --why …" for name in still_open
        ),
    )


@app.command()
@at_place
def close(
    deployment: Deployment,
    model: OneModel,
    why: Annotated[str, typer.Option(help="The reason, for the record.")],
) -> Shown:
    """Closes the model's incidents, and lets it try again what it had given up."""
    with working(f"closing incidents of {model}"):
        order = {"who": deployment.caller, "why": why}
        answer = invoke(_function(deployment, model), {"close_incidents": order})
    closed = msgspec.convert(answer["closed"], list[Incident])
    if not closed:
        raise CommandError(
            f"no incident of {model} is open; `keepfit incidents {model} --all` shows those of before",
            Exit.NOT_FOUND,
        )
    return Shown(
        document=closed,
        parts=(table(f"Closed incidents of {model}", _COLUMNS, map(_row, closed)),),
        hints=(f"What becomes of it: keepfit runs {model}",),
    )


def _function(deployment: Deployment, model: str) -> str:
    """Raises CommandError for a stack of before there were incidents."""
    outputs = deployment.model(model)
    if "CloseRunFunction" not in outputs:
        raise CommandError(f"the stack of {model} was deployed before there were incidents: deploy it again")
    return outputs["CloseRunFunction"]


def _row(each: Incident) -> tuple[Any, ...]:
    last = each.runs[-1] if each.runs else None
    closed = (each.closed_at, each.closed_by and each.closed_by.rpartition("/")[2], each.why)
    return (each.opened_at, each.kind, each.cause, each.attempts, each.reason, last, *closed)
