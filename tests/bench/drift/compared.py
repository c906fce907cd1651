"""Drift of 100,000 rows of 21 columns: keepfit, Evidently, and the same index written by hand."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.drift.rows import CATEGORIES, PLAIN
from tests.bench.drift.write import write
from tests.bench.figures import Comparison
from tests.bench.turns import Answers, Disagreement, Way, in_turns

ROWS = 100_000
JOINS = "by joins"
MONITOR, FIVE, PROFILE, BOTH = "keepfit monitor", "keepfit monitor, 5", "keepfit profile", "keepfit both"
ESTIMATED, TOGETHER = "keepfit, estimated", "keepfit, together"
PANDAS = "pandas by hand"
REPORT, VALUES = "Evidently report", "Evidently values"
# The monitor's report holds six digits.
_TOLERANCE = 1.5e-6


def compared(*, peers: Path | None, rounds: int, share: float) -> list[Comparison]:
    """One table; ``share`` of the rows, and what of ``peers`` there is."""
    rows = int(ROWS * share)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows)
        taken = in_turns(_ways(folder, peers), rounds=rounds, check=partial(_agree, all_rows=rows >= ROWS))
    notes = [
        "the index of all 21 columns is the same in every way of keepfit and by hand"
        + (", and the same in Evidently where its bins are" if peers else ""),
        "monitor: the window's Parquet files against the profile that training kept, as in production",
        "5: by PSI, Kolmogorov-Smirnov, Jensen-Shannon, Wasserstein and chi-square; all else by PSI alone",
        "together: 5, and all inputs together by a domain classifier of 2,000 rows on both sides",
        "estimated: 5, and every metric of a binary model estimated with its interval",
        "by joins: what the monitor did before it read a window in one pass, with PSI alone",
        "profile: the window in memory against that profile",
        "both, by hand, Evidently: window and reference in memory, and both counted each time",
    ]
    title = f"Drift of {rows:,} rows x 21 columns against {rows:,}"
    return [Comparison.of_processes(title, taken, over=[JOINS, FIVE, PROFILE], notes=notes)]


def _ways(folder: str, peers: Path | None) -> list[Way]:
    own = partial(Way.of, python=Path(sys.executable), folder=folder)
    ways = [
        own(JOINS, "drift.with_joins", ""),
        own(MONITOR, "drift.with_keepfit", "collected"),
        own(FIVE, "drift.with_keepfit", "all"),
        own(ESTIMATED, "drift.with_keepfit", "estimated"),
        own(TOGETHER, "drift.with_keepfit", "together"),
        own(PROFILE, "drift.with_keepfit", "memory"),
        own(BOTH, "drift.with_keepfit", "both"),
        own(PANDAS, "drift.with_pandas", ""),
    ]
    if peers:
        ways += [
            Way.of(REPORT, "drift.with_evidently", "report", python=peers, folder=folder),
            Way.of(VALUES, "drift.with_evidently", "values", python=peers, folder=folder),
        ]
    return ways


def _agree(answers: Answers, *, all_rows: bool = True) -> None:
    """Every column the same by hand; of Evidently, whose numbers have other bins, the categories without exceptions.

    Of fewer than ``all_rows`` some values come less than thirty times. keepfit puts those together, and by hand that is
    not done, so only the numbers are compared.
    """
    expected = answers[PANDAS]
    compared = [column for column in expected if all_rows or column not in CATEGORIES]
    for name, answer in answers.items():
        same = PLAIN if name in (REPORT, VALUES) else compared
        for column in same:
            if abs(answer[column] - expected[column]) > _TOLERANCE:
                raise Disagreement(f"{column}: {answer[column]} by {name}, {expected[column]} by hand")
        if answer.keys() != expected.keys():
            raise Disagreement(f"{name} has other columns: {set(answer) ^ set(expected)}")
