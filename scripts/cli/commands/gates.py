"""`keepfit gates`: what each gate asked of a run's candidate, what was measured, and the outcome."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from cli.rendering.gate_tables import details_of, gate_table
from keepfit.views.gates import Gates, furthest, gate_lines, release_lines
from keepfit.views.runs import RunDetail, read_run, read_runs

_LOOKED_BACK = 50


@at_place
def gates(
    deployment: Deployment,
    model: OneModel,
    run: Annotated[
        str | None, typer.Argument(help="The id of a run; the newest that was judged by default.")
    ] = None,
) -> Shown:
    """What each gate asks, what was measured of the candidate, and whether it was passed."""
    view = _gates(_judged_run(deployment, model, run))
    outcome = "released" if view.released else "not released"
    return Shown(
        document=view,
        parts=(
            gate_table(f"Gates of {model}, run {view.run_id}: {view.candidate}, {outcome}", view.gates),
            *details_of(view.gates),
        ),
        hints=(view.reason, f"The whole run: keepfit runs show {view.run_id}"),
    )


def _judged_run(deployment: Deployment, model: str, run: str | None) -> RunDetail:
    """Raises CommandError where there is no such run, or none that was judged."""
    stores = deployment.stores(model)
    ids = [run] if run else [each.run_id for each in read_runs([stores], _LOOKED_BACK)]
    for run_id in ids:
        detail = read_run([stores], run_id)
        if detail is not None and (detail.judgement or detail.system_tests):
            return detail
    which = f"run {run!r}" if run else f"any of the last {_LOOKED_BACK} runs"
    raise CommandError(
        f"nothing was judged in {which} of {model}; `keepfit runs list {model}` shows how they ended",
        Exit.NOT_FOUND,
    )


def _gates(detail: RunDetail) -> Gates:
    judgement, on_release = detail.judged(), detail.release_verdicts()
    chosen = furthest(judgement) if judgement else None
    stopped = next((f"{each.gate}: {each.reason}" for each in on_release if each.stops), None)
    if judgement is not None and chosen is not None:
        won = judgement.winner == chosen.candidate
        candidate, reason = chosen.candidate, judgement.reason
        lines = gate_lines(chosen, detail.definition, on_release if won else ())
    elif on_release:
        won, candidate = True, f"version {(detail.system_tests or {})['version']}"
        reason, lines = detail.run.reason or "a person released it", release_lines(on_release)
    else:
        raise CommandError(f"run {detail.run.run_id} tried no candidate", Exit.NOT_FOUND)
    return Gates(
        model=detail.run.model,
        run_id=detail.run.run_id,
        candidate=candidate,
        released=won and stopped is None,
        reason=stopped or reason,
        gates=lines,
    )
