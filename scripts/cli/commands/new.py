"""`keepfit new`: a table of which one column is to be predicted becomes a definition."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.checkout import models_folder
from cli.exits import CommandError, Exit
from cli.framework.command import anywhere
from cli.output import Shown, working
from cli.rendering.tables import facts, table
from keepfit.definitions import compiling
from keepfit.definitions.files import examine, name_mistakes, paths
from keepfit.instants import now

if TYPE_CHECKING:
    from keepfit.definitions.drafting.draft import Draft

# Of more columns than fit on a screen, inputs without anything to say are counted.
_MAX_PLAIN_INPUTS = 30


class Task(StrEnum):
    """What kind of answer is needed."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


Columns = list[str]


@anywhere
def new(  # noqa: PLR0913, PLR0917  the options of a command
    name: Annotated[str, typer.Argument(help="What the model, its dataset and the file are to be called.")],
    file: Annotated[
        Path,
        typer.Argument(help="CSV or JSON, with .gz or .bz2 or without, Parquet, .xlsx, or a .zip of one."),
    ],
    label: Annotated[str, typer.Option(help="The column to predict.")],
    task: Annotated[
        Task | None, typer.Option(help="The kind of answer; by default the label decides.")
    ] = None,
    time: Annotated[str | None, typer.Option(help="The column that says when a row happened.")] = None,
    no_time: Annotated[bool, typer.Option("--no-time", help="No column says when a row happened.")] = False,
    entity: Annotated[
        str | None, typer.Option(help="The column that names what rows are about, such as a customer.")
    ] = None,
    keep: Annotated[
        Columns | None,
        typer.Option(help="A column that is an input whatever its values say; more than once for more."),
    ] = None,
    leave_out: Annotated[
        Columns | None, typer.Option(help="A column that is no input; more than once for more.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="The folder of the definitions.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file that is there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide and show, and write nothing.")] = False,
) -> Shown:
    """Drafts models/NAME.toml from a table: decides on every column, with a reason for each decision."""
    from keepfit.definitions.drafting.draft import Wishes  # noqa: PLC0415  scikit-learn takes a second to import
    from keepfit.definitions.drafting.from_file import draft  # noqa: PLC0415
    from keepfit.definitions.drafting.toml import to_toml  # noqa: PLC0415

    folder = folder or models_folder()
    target = folder / f"{name}.toml"
    _refuse(name, file, target, replace=replace or dry_run)
    if time and no_time:
        raise CommandError("--time and --no-time exclude each other; leave one out", Exit.USAGE)
    wishes = Wishes(
        label=label,
        task=task.value if task else None,
        time=time,
        timeless=no_time,
        entity=entity,
        keep=tuple(keep or ()),
        leave_out=tuple(leave_out or ()),
    )
    with working(f"reading {file}"):
        drafted = draft(file, name, wishes, at=now(), threads=os.cpu_count() or 1)
    text = to_toml(drafted)
    _check(text, target)
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    document = {"name": name, "path": str(target), "written": not dry_run, "draft": drafted, "toml": text}
    return Shown(
        document=document, parts=tuple(_parts(drafted)), hints=_hints(target, file, name, dry_run=dry_run)
    )


def drafted_toml(file: Path, name: str, label: str) -> str:
    """The definition of a model of ``label``, alone in its folder, with every decision left to the draft.

    Raises:
        CommandError: no definition can be called ``name``.
        RefusedUpload: nothing can be learned from the table.
    """
    from keepfit.definitions.drafting.draft import Wishes  # noqa: PLC0415  as above
    from keepfit.definitions.drafting.from_file import draft  # noqa: PLC0415
    from keepfit.definitions.drafting.toml import to_toml  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="keepfit-new-") as empty:
        target = Path(empty) / f"{name}.toml"
        _refuse(name, file, target, replace=False)
        text = to_toml(draft(file, name, Wishes(label=label), at=now(), threads=os.cpu_count() or 1))
        _check(text, target)
    return text


def _refuse(name: str, file: Path, target: Path, *, replace: bool) -> None:
    others = {
        table: source for table, source in examine(target.parent).sources.items() if source != target.name
    }
    for kind in ("dataset", "model"):
        for message in name_mistakes(kind, name, others):
            raise CommandError(message)
    if not file.is_file():
        raise CommandError(f"there is no file {file}", Exit.NOT_FOUND)
    if target.exists() and not replace:
        raise CommandError(
            f"{target} is there already; --replace replaces it, --dry-run only shows what would be written"
        )


def _check(text: str, target: Path) -> None:
    """Raises CommandError where the draft is no definition, alone or beside those that are there."""
    with tempfile.TemporaryDirectory(prefix="keepfit-new-") as temporary:
        beside = Path(temporary)
        for path in paths(target.parent):
            if path.name != target.name:
                shutil.copyfile(path, beside / path.name)
        before = {mistake.message for mistake in compiling.examine(beside).mistakes}
        (beside / target.name).write_text(text, encoding="utf-8")
        mistakes = [
            mistake.message for mistake in compiling.examine(beside).mistakes if mistake.message not in before
        ]
    if mistakes:
        raise CommandError(
            f"nothing was written, because it would not be a definition: {'; '.join(mistakes)}"
        )


def _parts(draft: Draft) -> Iterator[Any]:
    pairs = [("rows", draft.rows), ("of these labelled", draft.labelled_rows)]
    chosen = [
        (choice.key.replace("_", " "), _chosen(choice.value, choice.reason))
        for choice in draft.choices
        if choice.reason
    ]
    yield facts(f"{draft.name}, from {draft.file}", [*pairs, *chosen])
    plain = [column for column in draft.columns if column.use == "input" and not column.reason]
    collapsed = plain[_MAX_PLAIN_INPUTS:] if len(draft.columns) > 2 * _MAX_PLAIN_INPUTS else []
    rows = [
        (column.name, column.field.type if column.field else None, column.use, column.reason)
        for column in draft.columns
        if column not in collapsed
    ]
    yield table("Columns", ["column", "type", "use", "why"], rows)
    if collapsed:
        types = Counter(column.field.type for column in collapsed if column.field)
        counted = ", ".join(f"{count:,} {kind}" for kind, count in types.most_common())
        yield f"And {len(collapsed):,} more inputs: {counted}."
    yield from (f"Look at this: {warning}." for warning in draft.warnings)


def _chosen(value: Any, reason: str) -> str:
    shown = ", ".join(value) if isinstance(value, list) else f"{value}"
    return f"{shown}: {reason}" if reason else shown


def _hints(target: Path, file: Path, name: str, *, dry_run: bool) -> tuple[str, ...]:
    if dry_run:
        return ("Nothing was written: --dry-run.",)
    return (f"Written to {target}.", f"Next: keepfit train {name} {file} --wait")
