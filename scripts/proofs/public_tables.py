"""Proves that public tables become good served models by `keepfit new` and `keepfit train` alone."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from cli.checkout import ROOT
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.tables.comparison import Compared, compare
from proofs.tables.sources import SOURCES, Source, write_all
from proofs.tables.unattended import Stuck, Unattended

NAME = "tables"
_LEAST_TABLES = 14
_MAX_DIFFERENCE = 1e-5


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one table: a comparison, or why there is none."""

    source: Source
    seconds: float
    compared: Compared | None = None
    stuck: str | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The line of the proof's table."""
        compared = msgspec.structs.asdict(self.compared) if self.compared else {}
        row = {"table": self.source.name, "task": self.source.answers.task, **compared}
        return {**row, "seconds": self.seconds, "stuck": self.stuck}

    @property
    def told(self) -> str:
        """The result in a line, for who waits for the others."""
        if self.compared is None:
            return f"stuck: {self.stuck}"
        both = f"{self.compared.keepfit:.4f}, scikit-learn {self.compared.scikit_learn:.4f}"
        return f"{self.compared.metric} {both}, after {self.seconds:.0f} s"

    @property
    def behind(self) -> float:
        """How far behind the peer it is, in units of what is allowed; 0 where it is not."""
        return max(0.0, -self.compared.advantage / self.source.answers.allowed) if self.compared else 0.0


def prove(tell: Tell, sources: tuple[Source, ...] = SOURCES) -> Proof:
    """Drafts, deploys, uploads, trains and asks, table by table; then compares."""
    tell("installing packages that ship tables")
    subprocess.run([ROOT / "scripts" / "setup", "tables"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="keepfit-tables-") as name:
        unattended = Unattended(Path(name))
        try:
            return summarize(list(_played(unattended, sources, tell)))
        finally:
            unattended.down()


def _played(unattended: Unattended, sources: tuple[Source, ...], tell: Tell) -> Iterator[Played]:
    files = write_all(sources, unattended.tables)
    stuck: dict[str, str] = {}
    for source in sources:  # all before the first is deployed: a deployment takes longer than a draft
        tell(f"drafting {source.name}")
        try:
            unattended.draft(source, files[source.name])
        except Stuck as error:
            stuck[source.name] = str(error)
    for source in sources:
        if source.name in stuck:
            yield Played(source=source, seconds=0.0, stuck=stuck[source.name])
        else:
            tell(f"from the file of {source.name} to a model that serves")
            played = _trained(unattended, source, files[source.name])
            tell(f"{source.name}: {played.told}")
            yield played


def _trained(unattended: Unattended, source: Source, file: Path) -> Played:
    begun = time.monotonic()
    try:
        run_id = unattended.train(source, file)
    except Stuck as error:
        return Played(source=source, seconds=round(time.monotonic() - begun, 1), stuck=str(error))
    seconds = round(time.monotonic() - begun, 1)
    return Played(source=source, seconds=seconds, compared=compare(unattended.deployment(), source, run_id))


def summarize(played: list[Played]) -> Proof:
    """What all tables together say of the promises."""
    through = [(table.source, table.compared) for table in played if table.compared]
    amounts = [compared.difference for source, compared in through if source.answers.amounts]
    stuck = ", ".join(table.source.name for table in played if table.stuck) or "none"
    behind = [
        f"{table.source.name} {table.behind:.1f} times{_chance(table)}"
        for table in played
        if table.behind > 1
    ]
    return Proof(
        name=NAME,
        claims=[
            at_least("tables that became served models unattended", len(through), _LEAST_TABLES),
            Claim(
                promise="every table gets there", found=f"stuck: {stuck}", holds=len(through) == len(played)
            ),
            Claim(
                promise="no table worse than plain scikit-learn by .005, or 1 % of a regression's error",
                found=f"further behind: {', '.join(behind) or 'none'}",
                holds=not behind,
            ),
            at_least(
                "tables better than scikit-learn's",
                sum(compared.advantage > 0 for _, compared in through),
                len(played) / 2,
            ),
            at_most("labels flipped by exports", sum(compared.flipped for _, compared in through), 0),
            at_most(
                "largest relative difference of an exported regression",
                max(amounts, default=0.0),
                _MAX_DIFFERENCE,
            ),
        ],
        figures={"tables": [table.row for table in played]},
        details=[table.row for table in played],
    )


def _chance(table: Played) -> str:
    """Whether the rows that judge are too few to say so for sure."""
    return " (may be chance)" if table.compared and table.compared.at_best >= 0 else ""
