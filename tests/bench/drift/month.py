"""A month's verdict from rows and from profiles of hours, of as many rows and of three times as many."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.drift.write import write
from tests.bench.figures import Comparison
from tests.bench.turns import Answers, Disagreement, Way, in_turns

SIZES = 100_000, 300_000
LOADED = "hours, loaded before"
WAYS = {
    "rows": "rows",
    "first": "rows, and hours made and kept",
    "turn": "hours, and the rows of two half ones",
    "stored": "hours, loaded from memory",
    "loaded": LOADED,
}


def compared(*, rounds: int, share: float) -> list[Comparison]:
    """One table per size."""
    return [_of_size(int(rows * share), rounds=rounds) for rows in SIZES]


def _of_size(rows: int, *, rounds: int) -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows)
        way = partial(Way.of, module="drift.with_hours", python=Path(sys.executable), folder=folder)
        ways = [way(name, how=how) for how, name in WAYS.items()]
        taken = in_turns(ways, rounds=rounds, check=_agree)
    notes = [
        "verdict by PSI, Kolmogorov-Smirnov, Jensen-Shannon, Wasserstein and chi-square, its document included",
        "the values of all 21 columns are the same to the bit in every way",
        "objects are in memory: what S3 takes to send them is not in it",
    ]
    return Comparison.of_processes(
        f"A month's verdict: {rows:,} rows x 21 columns", taken, over=[LOADED], notes=notes
    )


def _agree(answers: Answers) -> None:
    """Every column the same to the bit."""
    expected = answers[WAYS["rows"]]
    for name, answer in answers.items():
        if answer != expected:
            wrong = [column for column in expected if answer.get(column) != expected[column]]
            raise Disagreement(f"{wrong} differ by {name} from what rows say")
