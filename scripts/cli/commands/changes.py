"""`keepfit changes`: which models a change of the project's files concerns."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.framework.command import anywhere
from cli.output import Shown
from cli.project.changes import changes_since
from cli.project.revisions import Revision
from cli.rendering.tables import table
from toolchain.folders import project_folder

Since = Annotated[
    str,
    typer.Option(help="A branch, tag or commit; what counts is where the project began to differ from it."),
]


@anywhere
def changes(since: Since = "origin/main") -> Shown:
    """Which models a change of the project concerns: those to train again, and why; nothing is trained."""
    found = changes_since(Revision.before(project_folder(), since))
    rows = [(each.model, "; ".join(each.reasons)) for each in found.models]
    parts = (
        [table(f"Models to train again since {found.since[:12]}", ["model", "because"], rows)] if rows else []
    )
    nothing = f"No model is concerned by {len(found.files)} changed files since {found.since[:12]}."
    removed = f"No longer defined: {', '.join(found.removed)}."
    stacks = "Templates may differ." if found.stacks else "Templates are the same."
    texts = [*([] if rows else [nothing]), *([removed] if found.removed else []), stacks]
    return Shown(document=found, parts=(*parts, *texts))
