"""`keepfit definitions`: checks the files in `models/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.checkout import models_folder
from cli.exits import CommandError, Exit
from cli.framework.command import anywhere
from cli.output import Shown
from cli.rendering.tables import table
from keepfit.definitions import compiling
from keepfit.definitions import files as definition_files
from keepfit.definitions.compiled_model import CompiledModel, digest
from keepfit.definitions.json_schema import json_schema
from keepfit.definitions.mistakes import Mistake, in_order
from keepfit.errors import InvalidDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.views.document import to_json

if TYPE_CHECKING:
    from keepfit.training.trials.synthetic_trial import ColumnKind

app = typer.Typer(no_args_is_help=True, help="Check the definitions in models/.")

Folder = Annotated[Path | None, typer.Option(help="The folder of the definitions.", show_default="models")]


@app.command()
@anywhere
def check(folder: Folder = None) -> Shown:
    """Checks every definition, trains and exports each candidate on made-up rows; lists all mistakes."""
    folder = folder or models_folder()
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder}", Exit.NOT_FOUND)
    if not definition_files.paths(folder):
        raise CommandError(f"there is no .toml file in {folder}", Exit.NOT_FOUND)
    examined = compiling.examine(folder)
    compiled = examined.compiled
    mistakes = in_order([*examined.mistakes, *_rehearsed(examined)])
    document = {
        "folder": str(folder),
        "datasets": sorted(compiled.datasets),
        "feature_views": sorted(compiled.views),
        "models": {name: digest(model) for name, model in compiled.models.items()},
        "tasks": {name: model.task for name, model in compiled.models.items()},
        "unread_datasets": compiled.unread,
        "mistakes": mistakes,
    }
    if mistakes:
        hints = (*map(_line, mistakes), f"{len(mistakes)} to correct in {folder}; then check again")
        return Shown(document=document, hints=hints, exit_code=Exit.FAILED)
    rows = [
        (
            name,
            m.definition.dataset,
            f"{m.task} ({m.definition.gates.metric})",
            len(m.definition.inputs),
            len(m.features),
            len(m.derived),
            digest(m)[:12],
        )
        for name, m in compiled.models.items()
    ]
    columns = ["model", "dataset", "task", "inputs", "features", "derived", "digest"]
    hints = tuple(
        f"No model reads [dataset.{name}]: it is taken in and kept, nothing more." for name in compiled.unread
    )
    return Shown(document=document, parts=(table(f"{folder} is in order", columns, rows),), hints=hints)


def _line(mistake: Mistake) -> str:
    place = mistake.file if mistake.line is None else f"{mistake.file}:{mistake.line}"
    return f"{place}: {mistake.message}"


def _rehearsed(examined: compiling.Examined) -> Iterator[Mistake]:
    """What is wrong with the candidates of the models that are right otherwise."""
    from keepfit.training.trials.synthetic_trial import rehearse  # noqa: PLC0415  scikit-learn takes a second to import

    for model, compiled in examined.compiled.models.items():
        kinds = list(_column_kinds(compiled))
        # Own code runs where candidates are trained, and nowhere else.
        listed = {name: each for name, each in compiled.candidates.items() if each.code is None}
        for name, candidate in listed.items():
            try:
                rehearse(candidate, kinds, compiled.definition.gates, compiled.task)
            except InvalidDefinition as error:
                message = f"[model.{model}.training.candidates.{name}] parameters: {error}"
                yield examined.files.mistake(("model", model), message)


def _column_kinds(compiled: CompiledModel) -> Iterator[ColumnKind]:
    """The columns of the model's rows; a feature is missing where nothing was known in time."""
    fields = compiled.spine.fields
    columns = [(fields[name].type, fields[name].nullable) for name in compiled.definition.inputs]
    columns += [(field.type, True) for field in compiled.feature_fields.values()]
    columns += [(column.type, True) for column in compiled.derived.values()]
    for kind, nullable in columns:
        encoding = type_of(kind).encoding
        if encoding:
            yield "category" if encoding == "code" else "nullable" if nullable else "number"


@app.command()
@anywhere
def schema() -> Shown:
    """The JSON Schema of a definition file, for editors that complete and check TOML."""
    document = json_schema()
    return Shown(document=document, parts=(to_json(document),))
