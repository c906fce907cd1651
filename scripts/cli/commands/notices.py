"""`keepfit notices`: what people were told, by which channels, and what did not arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from cli.framework.command import at_place
from cli.framework.groups import Group, ModelArgument
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.places.functions import invoke
from cli.rendering.tables import table
from keepfit.monitoring.notices.notice import PLATFORM
from keepfit.monitoring.notices.records import NoticeRecord
from keepfit.views.notices import NoticeView, read_notices, view_notice

app = typer.Typer(
    cls=Group, help="Notices: what people were told, by which channels, and what did not arrive."
)
_COLUMNS = ["since", "what", "channel", "state", "reason"]


@app.command("list")
@at_place
def list_(
    deployment: Deployment,
    model: ModelArgument = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Show those alone that a channel did not take.")
    ] = False,
    limit: Annotated[
        int, typer.Option(help="The most notices of each model to look at, the newest first.", min=1)
    ] = 20,
) -> Shown:
    """What people were told, the newest first; without a model, of all and of the platform."""
    if model:
        deployment.model(model)
    abouts = [model] if model else [*deployment.models, PLATFORM]
    found = read_notices(deployment.notices, abouts, limit, failed=failed)
    empty = "every channel took what it was sent" if failed else "there was nothing to tell yet"
    return Shown(
        document=found,
        parts=(table("Notices", _COLUMNS, _rows(found), empty=empty),),
        hints=("Try the channels: keepfit notices test",) if any(each.failed for each in found) else (),
    )


@app.command()
@at_place
def test(deployment: Deployment) -> Shown:
    """Sends a notice by every channel that is deployed, and says which took it."""
    with working("sending a test by every channel"):
        answer = invoke(deployment.notify_function, {"test": {"who": deployment.caller}})
    sent = view_notice(msgspec.convert(answer, NoticeRecord))
    defined = len(sent.deliveries) > 1
    hint = "Mend what failed, then try again; where mail stays away, each address must have confirmed it."
    none = "No channel is defined: docs/how-to/be-notified.md says how."
    return Shown(
        document=sent,
        parts=(table("Test of the channels", _COLUMNS, _rows([sent])),),
        hints=(hint if defined else none,),
    )


def _rows(found: list[NoticeView]) -> Iterator[tuple[object, ...]]:
    """A line for each delivery, and one for a notice that was withheld."""
    for each in found:
        if each.withheld:
            yield each.since, each.title, None, "withheld", each.withheld
        for delivery in each.deliveries:
            yield each.since, each.title, delivery.channel, delivery.state, delivery.reason
