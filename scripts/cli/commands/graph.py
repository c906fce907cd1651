"""`keepfit graph`: draws the serving graph of a model's definition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.checkout import models_folder
from cli.exits import CommandError, Exit
from cli.framework.command import anywhere
from cli.output import Shown
from keepfit.definitions import compiling
from keepfit.serving.graph.picture import mermaid, tree


@anywhere
def graph(
    model: Annotated[str, typer.Argument(help="The model whose requests the graph answers.")],
    folder: Annotated[
        Path | None, typer.Option(help="The folder of the definitions.", show_default="models")
    ] = None,
    as_mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print a flowchart for Mermaid, which pages of documents draw.")
    ] = False,
) -> Shown:
    """Draws which nodes answer a model's requests, and what each does."""
    models = compiling.compile_all(folder or models_folder()).models
    if model not in models:
        raise CommandError(
            f"there is no [model.{model}]; the models are {', '.join(sorted(models)) or 'none'}",
            Exit.NOT_FOUND,
        )
    compiled = models[model].graph
    if not compiled:
        raise CommandError(
            f"[model.{model}] has no graph: it answers alone; docs/how-to/serve-a-graph.md shows how others join it",
            Exit.NOT_FOUND,
        )
    drawn = mermaid(compiled)
    document = {"model": model, "graph": compiled, "mermaid": drawn}
    return Shown(document=document, parts=(drawn if as_mermaid else "\n".join(tree(compiled)),))
