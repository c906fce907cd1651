"""`keepfit definitions`: are the files in `models/` right?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.checkout import ROOT
from cli.command import anywhere
from cli.exits import CommandError, Exit
from cli.output import Shown, to_json
from cli.tables import table
from keepfit import catalogue
from keepfit.definitions import digest, json_schema

app = typer.Typer(no_args_is_help=True, help="The definitions in models/: are they right?")

Folder = Annotated[Path, typer.Option(help="Where the definitions are.")]


@app.command()
@anywhere
def check(folder: Folder = ROOT / "models") -> Shown:
    """Reads and compiles every definition; says what is wrong with the first that cannot be."""
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder}", Exit.NOT_FOUND)
    found = catalogue.load(folder)
    for name in found.dataset:
        catalogue.compile_dataset(found, name)
    models = {name: catalogue.compile_model(found, name) for name in found.model}
    document = {
        "folder": str(folder),
        "datasets": sorted(found.dataset),
        "feature_views": sorted(found.feature_view),
        "models": {name: digest(compiled) for name, compiled in models.items()},
    }
    rows = [
        (
            name,
            m.definition.dataset,
            len(m.definition.inputs),
            len(m.features),
            len(m.derived),
            digest(m)[:12],
        )
        for name, m in models.items()
    ]
    columns = ["model", "dataset", "inputs", "features", "derived", "digest"]
    return Shown(document=document, parts=(table(f"{folder} is in order", columns, rows),))


@app.command()
@anywhere
def schema() -> Shown:
    """The JSON Schema of a definition file, for editors that complete and check TOML."""
    document = json_schema()
    return Shown(document=document, parts=(to_json(document),))
