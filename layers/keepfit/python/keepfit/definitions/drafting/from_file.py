"""Drafts a definition from a file: reads it once, profiles its columns, decides, and writes TOML."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from keepfit.definitions.drafting.deciding import decide
from keepfit.definitions.drafting.draft import Draft, Wishes
from keepfit.definitions.drafting.profiling import profile
from keepfit.definitions.drafting.sample import draw
from keepfit.definitions.drafting.table import Column, Table
from keepfit.definitions.drafting.target import target_of
from keepfit.definitions.drafting.texts import read_texts
from keepfit.definitions.mistakes import alike
from keepfit.errors import RefusedDraft
from keepfit.features.database import database
from keepfit.features.ingest.upload_errors import refusing
from keepfit.features.io.columns import plain

_MEMORY_MB = 1024


def draft(path: Path, name: str, wishes: Wishes, *, at: datetime, threads: int = 2) -> Draft:
    """What a person would write of the table at ``path``, were there time to look at every column.

    Args:
        path: CSV, JSON, Parquet or .xlsx.
        name: what the dataset and the model are to be called.
        wishes: what a person has decided already.
        at: when this is decided.
        threads: how many cores profile.

    Raises:
        RefusedUpload: a file that no upload could be.
        RefusedDraft: nothing can be learned from it; says what would help.
    """
    with tempfile.TemporaryDirectory(prefix="keepfit-draft-") as temporary:
        folder = Path(temporary)
        with (
            refusing("a table", folder),
            database(folder, memory_mb=_MEMORY_MB, threads=threads) as connection,
        ):
            texts = read_texts(connection, _within(path, folder), folder)
            table = profile(connection, texts)
            wishes = _spelt(table, wishes)
            target = target_of(table.columns[wishes.label], wishes.task)
            sample = draw(connection, texts, table, wishes.label)
    return decide(table, sample, target, wishes, name=name, file=path.name, at=at)


def _within(path: Path, folder: Path) -> Path:
    """The file where DuckDB may read it: another name for it, or a copy where that cannot be."""
    inside = folder / f"file-{path.name}"
    try:
        inside.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, inside)
    return inside


def _spelt(table: Table, wishes: Wishes) -> Wishes:
    """The wishes with columns as the header names them. Raises RefusedDraft for an unknown one."""
    return Wishes(
        label=_named(table, wishes.label, "--label").name,
        task=wishes.task,
        time=wishes.time and _named(table, wishes.time, "--time").name,
        timeless=wishes.timeless,
        entity=wishes.entity and _named(table, wishes.entity, "--entity").name,
        keep=tuple(_named(table, column, "--keep").name for column in wishes.keep),
        leave_out=tuple(_named(table, column, "--leave-out").name for column in wishes.leave_out),
    )


def _named(table: Table, wanted: str, option: str) -> Column:
    exact = table.columns.get(wanted)
    near = [column for name, column in table.columns.items() if plain(name) == plain(wanted)]
    if exact is not None or near:
        return exact or near[0]
    if wanted in table.unusable:
        raise RefusedDraft(f"{option} {wanted}: that column {table.unusable[wanted]}")
    told = f"{option} {wanted}: the file has no such column; {alike(wanted, table.columns)}"
    if 2 * sum(map(_is_number, table.columns)) > len(table.columns):
        told += "; these are numbers, so the file seems to lack a header: write the columns' names in a first line"
    raise RefusedDraft(told)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
