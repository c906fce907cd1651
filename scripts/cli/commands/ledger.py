"""`keepfit ledger`: what served when, who moved it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cli.exits import Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.tables import table
from keepfit.registry.ledger import Entry
from keepfit.views.ledger import read_ledger


@at_place
def ledger(deployment: Deployment, model: OneModel) -> Shown:
    """What served when, who moved it, and why; exit code 1 where the record was tampered with."""
    ledger = read_ledger(deployment.stores(model))
    columns = ["seq", "at", "action", "version", "before", "share", "who", "why", "digest"]
    # Former stacks are gone with all their packages.
    with_package = [*columns, "package"] if ledger.pruned else columns
    rows = [
        (*_row(entry), *([_package(entry, ledger.pruned)] if ledger.pruned else []))
        for entry in ledger.entries
    ]
    return Shown(
        document=ledger,
        parts=(
            *(
                table(f"Of a stack of {model} that was destroyed", columns, map(_row, chain))
                for chain in ledger.former_stacks
            ),
            table(f"Release ledger of {model}", with_package, rows, empty="nothing was released yet"),
        ),
        hints=(ledger.broken or f"An unbroken chain of {len(ledger.entries)}.",),
        exit_code=Exit.OK if ledger.intact else Exit.FAILED,
    )


def _row(e: Entry) -> tuple[object, ...]:
    share = f"{e.weight:.0%}"
    return (e.seq, e.at, e.action, e.version, e.previous_version, share, e.who, e.why, e.digest[:12])


def _package(entry: Entry, pruned: Mapping[str, datetime]) -> str | None:
    at = pruned.get(entry.lambda_version)
    return f"pruned {at:%Y-%m-%d}" if at else None
