"""`keepfit rollback`: ends a canary, or brings back what served before."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.functions import invoke


@at_place
def rollback(
    deployment: Deployment,
    model: OneModel,
    why: Annotated[str, typer.Option(help="The reason, for the ledger.")],
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            help="A packaged version that was champion; the one that served before by default.",
            min=1,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Bring --to to every client also where it never answered every request."
        ),
    ] = False,
) -> Shown:
    """Ends the canary under way, or brings back what served before, by one move of the alias."""
    if force and to is None:
        raise CommandError("--force is for a version that --to names", Exit.USAGE)
    order: dict[str, Any] = {"action": "restore previous"}
    if to is not None:
        order = {"action": "restore", "version": to, **({"force": True} if force else {})}
    with working(f"moving the alias of {model}"):
        moved = invoke(
            deployment.model(model)["MoveAliasFunction"], {**order, "who": deployment.caller, "why": why}
        )
    version, ended = moved["version"], moved.get("ended_canary")
    serves = f"Version {version} of {model} serves{'' if moved['moved'] else ' already'}."
    if ended is not None:
        serves = (
            f"The canary of version {ended} of {model} is over: version {version} answers every request again, as "
            f"champion. Its run ends as rolled back.\n"
            f"keepfit rollback {model}, once more, brings back what served before version {version}, if anything did."
        )
    return Shown(
        document={"model": model, **moved},
        parts=(serves,),
        hints=(f"It is Lambda version {moved['lambda_version']}; on record: keepfit ledger {model}",),
    )
