"""Proof: on public tables, a search with the default budget is no worse than untuned candidates."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from threadpoolctl import threadpool_limits

from bundling.digests import digest, tree
from cli.checkout import ROOT, state_folder
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.errors import KeepfitError
from keepfit.training.search_definition import SearchDefinition
from proofs.proof import Claim, Proof, Tell
from proofs.tables.in_memory import NotTaken, judged
from proofs.tables.metrics import METRICS
from proofs.tables.sources import SOURCES, Source, write_all
from proofs.tables.unattended import Stuck, Unattended

NAME = "tables"
MAX_LOSS = 0.002
"""In the metric, and of a regression's error as a share of it."""


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """One table with a search and without, on one holdout; ``advantage`` is the search's."""

    table: str
    metric: str = ""
    holdout_rows: int = 0
    defined: float = 0.0
    searched: float = 0.0
    advantage: float = 0.0
    chosen: str = ""
    seconds: float = 0.0
    stuck: str | None = None


def prove(tell: Tell, sources: tuple[Source, ...] = SOURCES) -> Proof:
    """Trains and judges each table twice in this process; what was done before is not done again."""
    tell("installing packages that ship tables")
    subprocess.run([ROOT / "scripts" / "setup", "tables"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="keepfit-tables-") as name, threadpool_limits(1):
        unattended = Unattended(Path(name))
        return summarize(list(_all(unattended, sources, tell)))


def _all(unattended: Unattended, sources: tuple[Source, ...], tell: Tell) -> Iterator[Searched]:
    kept, files = _kept_folder(), write_all(sources, unattended.tables)
    for source in sources:
        path = kept / f"{source.name}.json"
        if path.exists():
            found = msgspec.json.decode(path.read_bytes(), type=Searched)
        else:
            tell(f"{source.name}: as it is defined, and with a search")
            found = _compared(unattended, source, files[source.name])
            path.write_bytes(msgspec.json.encode(found))
        tell(f"{source.name}: {found.stuck or f'{found.metric} {found.advantage:+.4f}'}")
        yield found


def _kept_folder() -> Path:
    """The results of this very code, one file for each table."""
    code = digest(tree(ROOT / "layers" / "keepfit" / "python" / "keepfit"))[:12]
    folder = state_folder() / "proofs" / f"{NAME}-search-{code}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _compared(unattended: Unattended, source: Source, file: Path) -> Searched:
    begun = time.monotonic()
    try:
        unattended.draft(source, file)
        compiled = compiling.compile_model(compiling.load(unattended.models), source.name)
        defined, searched = (judged(each, file) for each in (compiled, _with_search(compiled)))
    except (Stuck, NotTaken, KeepfitError) as error:
        return Searched(table=source.name, stuck=str(error))
    if defined.chosen is None or searched.chosen is None:
        return Searched(table=source.name, stuck=f"{defined.reason}; {searched.reason}")
    ours, plain = searched.chosen.metric or 0.0, defined.chosen.metric or 0.0
    return Searched(
        table=source.name,
        metric=defined.metric,
        holdout_rows=defined.rows,
        defined=plain,
        searched=ours,
        advantage=METRICS[defined.metric].advantage(ours, plain),
        chosen=f"{defined.chosen.candidate}, {searched.chosen.candidate}",
        seconds=round(time.monotonic() - begun, 1),
    )


def _with_search(compiled: CompiledModel) -> CompiledModel:
    training = msgspec.structs.replace(compiled.definition.training, search=SearchDefinition())
    definition = msgspec.structs.replace(compiled.definition, training=training)
    return msgspec.structs.replace(compiled, definition=definition)


def summarize(tables: list[Searched]) -> Proof:
    """What all tables together say."""
    through = [table for table in tables if table.stuck is None]
    mean = sum(table.advantage for table in through) / max(1, len(through))
    behind = [f"{table.table} {table.advantage:+.4f}" for table in through if table.advantage < -MAX_LOSS]
    stuck = [table.table for table in tables if table.stuck]
    rows: list[dict[str, Any]] = [msgspec.structs.asdict(table) for table in tables]
    return Proof(
        name=f"{NAME} --search",
        claims=[
            Claim(
                promise="every table gets there",
                found=f"stuck: {', '.join(stuck) or 'none'}",
                holds=not stuck,
            ),
            Claim(
                promise="a search with the default budget is better on average",
                found=f"{mean:+.5f} over {len(through)} tables",
                holds=mean > 0,
            ),
            Claim(
                promise=f"and on no table worse by more than {MAX_LOSS:g}, or 0.2 % of a regression's error",
                found=f"further behind: {', '.join(behind) or 'none'}",
                holds=not behind,
            ),
        ],
        figures={"tables": rows, "mean_advantage": mean},
        details=rows,
    )
