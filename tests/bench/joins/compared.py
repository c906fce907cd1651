"""The point-in-time join of 200,000 rows with three views of 2,000,000: keepfit, and what else there is."""

from __future__ import annotations

import math
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.figures import Comparison
from tests.bench.joins.rows import SPINE_ROWS, VIEW_ROWS, VIEWS
from tests.bench.joins.write import write
from tests.bench.turns import Answers, Disagreement, Way, in_turns

KEEPFIT, PARQUET, ASOF, PANDAS = "keepfit", "keepfit, Parquet", "DuckDB by hand", "pandas"
POLARS, FEAST = "polars", "Feast, Parquet"


def compared(*, peers: Path | None, rounds: int, share: float) -> list[Comparison]:
    """One table; ``share`` of the rows, and what of ``peers`` there is."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), share)
        taken = in_turns(_ways(folder, peers), rounds=rounds, check=_agree)
    notes = [
        "all ways found the same values for the same rows: a ttl of a day, a delay of ten minutes",
        "from tables or frames in memory, in no order, to a table or frame in memory; Parquet: from files, to the same",
    ]
    title = f"{int(SPINE_ROWS * share):,} rows joined with {VIEWS} views of {int(VIEW_ROWS * share):,}"
    return [Comparison.of_processes(title, taken, over=[KEEPFIT, PARQUET], notes=notes)]


def _ways(folder: str, peers: Path | None) -> list[Way]:
    own = partial(Way.of, python=Path(sys.executable), folder=folder)
    ways = [
        own(KEEPFIT, "joins.with_duckdb", "keepfit"),
        own(PARQUET, "joins.with_duckdb", "parquet"),
        own(ASOF, "joins.with_duckdb", "asof"),
        own(PANDAS, "joins.with_pandas", ""),
    ]
    if peers:
        ways += [
            Way.of(POLARS, "joins.with_polars", "", python=peers, folder=folder),
            Way.of(FEAST, "joins.with_feast", "", python=peers, folder=folder),
        ]
    return ways


def _agree(answers: Answers) -> None:
    """The same rows, the same number of matches and the same sum of each feature, but for the order of adding."""
    expected = answers[KEEPFIT]
    for name, answer in answers.items():
        for key, value in expected.items():
            if not math.isclose(answer[key], value, rel_tol=1e-9):
                raise Disagreement(f"{key}: {answer[key]} by {name}, {value} by {KEEPFIT}")
