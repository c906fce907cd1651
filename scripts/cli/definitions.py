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
from keepfit import catalogue, definition_files
from keepfit.definitions import digest, json_schema
from keepfit.errors import InvalidDefinition

app = typer.Typer(no_args_is_help=True, help="The definitions in models/: are they right?")

Folder = Annotated[Path, typer.Option(help="Where the definitions are.")]


@app.command()
@anywhere
def check(folder: Folder = ROOT / "models") -> Shown:
    """Reads and compiles every definition; says what is wrong with the first that cannot be."""
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder}", Exit.NOT_FOUND)
    if not definition_files.paths(folder):
        raise CommandError(f"there is no .toml file in {folder}", Exit.NOT_FOUND)
    found = catalogue.compile_all(folder)
    _try_candidates(found)
    document = {
        "folder": str(folder),
        "datasets": sorted(found.datasets),
        "feature_views": sorted(found.views),
        "models": {name: digest(compiled) for name, compiled in found.models.items()},
        "unread_datasets": found.unread,
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
        for name, m in found.models.items()
    ]
    columns = ["model", "dataset", "inputs", "features", "derived", "digest"]
    hints = tuple(
        f"No model reads [dataset.{name}]: it is taken in and kept, nothing more." for name in found.unread
    )
    return Shown(document=document, parts=(table(f"{folder} is in order", columns, rows),), hints=hints)


def _try_candidates(found: catalogue.Compiled) -> None:
    from keepfit.training.candidates import try_parameters  # noqa: PLC0415  scikit-learn takes a second to import

    for model, compiled in found.models.items():
        for name, candidate in compiled.definition.training.candidates.items():
            try:
                try_parameters(candidate)
            except InvalidDefinition as error:
                table = f"[model.{model}.training.candidates.{name}]"
                raise InvalidDefinition(
                    f"{found.sources['model', model]}: {table} parameters: {error}"
                ) from error


@app.command()
@anywhere
def schema() -> Shown:
    """The JSON Schema of a definition file, for editors that complete and check TOML."""
    document = json_schema()
    return Shown(document=document, parts=(to_json(document),))
