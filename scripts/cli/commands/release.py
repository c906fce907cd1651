"""`keepfit ledger`, `keepfit release` and `keepfit rollback`: what served when, and what shall serve now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from cli.commands.run_requests import TIMEOUT_S, Timeout, Wait, Why, course_of, shown
from cli.exits import Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown, working
from cli.places.deployment import Site
from cli.places.executions import start_release
from cli.places.functions import invoke
from cli.rendering.tables import table
from keepfit.registry.ledger import Entry
from keepfit.views.ledger import read_ledger


@at_place
def ledger(site: Site, model: OneModel) -> Shown:
    """What served when, who moved it, and why; exit code 1 where the record was tampered with."""
    found = read_ledger(site.stores(model))
    columns = ["seq", "at", "action", "version", "before", "share", "who", "why", "digest"]
    # Former stacks are gone with all their packages.
    with_package = [*columns, "package"] if found.pruned else columns
    rows = [
        (*_row(entry), *([_package(entry, found.pruned)] if found.pruned else [])) for entry in found.entries
    ]
    return Shown(
        document=found,
        parts=(
            *(
                table(f"Of a stack of {model} that was destroyed", columns, map(_row, chain))
                for chain in found.former_stacks
            ),
            table(f"Release ledger of {model}", with_package, rows, empty="nothing was released yet"),
        ),
        hints=(found.broken or f"An unbroken chain of {len(found.entries)}.",),
        exit_code=Exit.OK if found.intact else Exit.FAILED,
    )


@at_place
def release(
    site: Site,
    model: OneModel,
    version: Annotated[
        int | None, typer.Argument(help="A registered version; the one that serves by default.", min=1)
    ] = None,
    why: Why = "",
    wait: Wait = False,
    timeout: Timeout = TIMEOUT_S,
) -> Shown:
    """Packages a registered version with the handler and layers of today, and releases it by a canary."""
    number = version if version is not None else site.serving(model).version
    site.versions(model).get(number)
    execution = start_release(site, model, number, why=why)
    course = course_of(site, model, execution, wait=wait, timeout=timeout)
    return shown(model, execution, course, waited=wait, hints=(f"keepfit ledger {model}",))


@at_place
def rollback(
    site: Site,
    model: OneModel,
    why: Annotated[str, typer.Option(help="The reason, for the ledger.")],
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            help="A packaged version, also one that was only tried; the one that served before by default.",
            min=1,
        ),
    ] = None,
) -> Shown:
    """Ends the canary under way, or brings back what served before, in one conditional update of the alias."""
    order: dict[str, Any] = (
        {"action": "restore previous"} if to is None else {"action": "restore", "version": to}
    )
    with working(f"moving the alias of {model}"):
        moved = invoke(site.model(model)["MoveAliasFunction"], {**order, "who": site.caller, "why": why})
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


def _row(e: Entry) -> tuple[object, ...]:
    share = f"{e.weight:.0%}"
    return (e.seq, e.at, e.action, e.version, e.previous_version, share, e.who, e.why, e.digest[:12])


def _package(entry: Entry, pruned: Mapping[str, datetime]) -> str | None:
    at = pruned.get(entry.lambda_version)
    return f"pruned {at:%Y-%m-%d}" if at else None
