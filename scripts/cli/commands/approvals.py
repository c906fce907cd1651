"""`keepfit approvals`: which releases wait for a person, and what a person decides of them."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import Group, ModelArgument, OneModel
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.rendering.tables import table
from keepfit.adapters.aws.signed_requests import SignedRoute
from keepfit.instants import now
from keepfit.registry.approvals import Verdict
from keepfit.views.approvals import ApprovalView, read_approvals, waiting

_COLUMNS = ["model", "version", "run", "asked", "by", "waits until", "decision", "decided by", "why"]
_WhyOption = Annotated[str, typer.Option(help="The reason, for the ledger.")]
_RunOption = Annotated[
    str | None, typer.Option("--run", help="The run whose release it is; the one that waits by default.")
]
_EXIT = {403: Exit.REFUSED, 404: Exit.NOT_FOUND, 409: Exit.REFUSED, 503: Exit.UNREACHABLE}

app = typer.Typer(cls=Group, help="Releases that wait for a person, and what a person decides of them.")


@app.command("list")
@at_place
def list_(
    deployment: Deployment,
    model: ModelArgument = None,
    limit: Annotated[
        int, typer.Option(help="The most approvals of each model to show, the newest first.", min=1)
    ] = 20,
) -> Shown:
    """Releases that wait for a person, and those on which one decided, the newest first."""
    models = [model] if model else list(deployment.models)
    found = read_approvals(map(deployment.stores, models), limit, at=now())
    return Shown(
        document=found,
        parts=(table("Approvals", _COLUMNS, map(_row, found), empty="no release was to be approved yet"),),
        hints=tuple(_hint(each) for each in found if each.waits),
    )


@app.command()
@at_place
def approve(deployment: Deployment, model: OneModel, why: _WhyOption, run: _RunOption = None) -> Shown:
    """Lets the release that waits go on to its canary, under your name."""
    return _decided(deployment, model, run, "approved", why)


@app.command()
@at_place
def refuse(deployment: Deployment, model: OneModel, why: _WhyOption, run: _RunOption = None) -> Shown:
    """Ends the run of the release that waits; the champion stays."""
    return _decided(deployment, model, run, "refused", why)


def _decided(deployment: Deployment, model: str, run: str | None, verdict: Verdict, why: str) -> Shown:
    run_id = run or _waiting(deployment, model)
    url = deployment.approvals_url(model)
    with working(f"{verdict}: the release of run {run_id}"):
        decided = _send(url, {"run_id": run_id, "decision": verdict, "why": why})
    version = decided["version"]
    done = f"Version {version} of {model} is {verdict}, by {decided['decided_by']}."
    return Shown(
        document={"model": model, **decided},
        parts=(done,),
        hints=(f"Next: keepfit runs show {run_id}; on record: keepfit ledger {model}",),
    )


def _send(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """Signs a decision by the credentials of the place. Raises CommandError where it is not taken."""
    answer = SignedRoute(url=url).ask(json.dumps(body).encode())
    told = json.loads(answer.body or b"{}")
    if answer.status == 200:
        return dict(told)
    if answer.status >= 500 and "code" not in told:
        raise CommandError(
            f"the function that takes decisions failed ({answer.status}); its log group says why, and the same command "
            "is safe to run again",
            Exit.FAILED,
        )
    if "code" not in told:  # API Gateway itself: no right to ask
        raise CommandError(
            f"you may not decide on this release: {told.get('message', answer.status)}; it takes the right to invoke "
            "that route of the API (execute-api:Invoke)",
            Exit.REFUSED,
        )
    raise CommandError(told["detail"], _EXIT.get(answer.status, Exit.FAILED), told["code"])


def _waiting(deployment: Deployment, model: str) -> str:
    found = waiting(deployment.stores(model), at=now())
    if found is None:
        raise CommandError(
            f"no release of {model} waits for a person; `keepfit approvals {model}` lists what was decided",
            Exit.NOT_FOUND,
        )
    return found.run_id


def _row(each: ApprovalView) -> tuple[object, ...]:
    until = each.expires_at if each.waits else None
    decision = each.decision or (None if each.waits else "its run has ended")
    asked = (each.asked_at, each.asked_by, until)
    return (each.model, each.version, each.run_id, *asked, decision, each.decided_by, each.why)


def _hint(each: ApprovalView) -> str:
    return (
        f"Version {each.version} of {each.model} waits; the evidence, on one page: "
        f"keepfit runs show {each.run_id} --html evidence.html\n"
        f"Then: keepfit approvals approve {each.model} --why …, or refuse"
    )
