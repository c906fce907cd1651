"""The results of a benchmark, as a table for people or one JSON document."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from tests.bench.turns import Taken

Value = str | float | None

# How each figure reads in a table: its heading, and the text of its value.
_SHOWN: dict[str, tuple[str, Callable[[float], str]]] = {
    "cpu_seconds": ("CPU s", lambda value: f"{value:,.3f}"),
    "wall_seconds": ("wall s", lambda value: f"{value:,.3f}"),
    "peak_bytes": ("MB above input", lambda value: f"{value / 1e6:,.0f}"),
    "resident_bytes": ("MB", lambda value: f"{value / 1e6:,.0f}"),
    "model_bytes": ("model MB", lambda value: f"{value / 1e6:,.2f}"),
    "package_bytes": ("package MB", lambda value: f"{value / 1e6:,.2f}"),
    "warm_bytes": ("MB when warm", lambda value: f"{value / 1e6:,.0f}"),
    "packing_seconds": ("packing CPU s", lambda value: f"{value:,.2f}"),
    "roc_auc": ("test ROC AUC", lambda value: f"{value:.4f}"),
    "microseconds": ("whole", lambda value: f"{value:,.1f}"),
    "above_run": ("above session.run", lambda value: f"{value:,.1f}"),
    "above_write": ("and above the write", lambda value: f"{value:,.1f}"),
    "per_cpu_second": ("requests per CPU s", lambda value: f"{value:,.0f}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One table: a row per way, each with the same figures."""

    title: str
    rows: Sequence[Mapping[str, Value]]
    notes: Sequence[str] = ()
    versions: Sequence[str] = ()

    @classmethod
    def of_processes(
        cls, title: str, taken: Mapping[str, Taken], *, over: Sequence[str], notes: Sequence[str]
    ) -> Comparison:
        """CPU time as a multiple of that of each way that ``over`` names."""
        rows = [
            {
                "way": name,
                "cpu_seconds": one.cpu_seconds,
                "wall_seconds": one.wall_seconds,
                "peak_bytes": one.peak_bytes,
                **{f"times {other}": one.cpu_seconds / taken[other].cpu_seconds for other in over},
            }
            for name, one in taken.items()
        ]
        versions = sorted({f"{p} {v}" for one in taken.values() for p, v in one.versions.items()})
        return cls(title=title, rows=rows, notes=notes, versions=versions)


def show(comparisons: Mapping[str, Sequence[Comparison]], left_out: Sequence[str], *, as_json: bool) -> None:
    """All that was found, on stdout."""
    console = Console()
    if as_json:
        found = {name: [asdict(one) for one in some] for name, some in comparisons.items()}
        document = {"machine": machine(), "left_out": left_out, "benchmarks": found}
        sys.stdout.write(f"{json.dumps(document, indent=2)}\n")
        return
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()))
    for one in (one for some in comparisons.values() for one in some):
        console.print(_table(one))
        for note in one.notes:
            console.print(f"  {note}", highlight=False, soft_wrap=True)
        if one.versions:
            console.print(f"  {', '.join(one.versions)}", highlight=False, soft_wrap=True)
    for name in left_out:
        console.print(f"left out: {name}", highlight=False, soft_wrap=True)


def machine() -> dict[str, str | int]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count() or 0,
        "processor": platform.machine(),
        "python": platform.python_version(),
    }


def _table(comparison: Comparison) -> Table:
    table = Table(title=comparison.title)
    for name in comparison.rows[0]:
        heading = _SHOWN[name][0] if name in _SHOWN else name
        table.add_column(heading, justify="left" if name == "way" else "right")
    for row in comparison.rows:
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    return table


def _cell(name: str, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return _SHOWN[name][1](value) if name in _SHOWN else f"{value:,.2f}"
