"""The point-in-time join of 200,000 rows with three views of 2,000,000: keepfit, others, and how it grows.

And aggregates of sliding windows over one of them.
"""

from __future__ import annotations

import math
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.figures import Comparison
from tests.bench.joins import aggregates
from tests.bench.joins.rows import SPINE_ROWS, VIEW_ROWS, VIEWS
from tests.bench.joins.write import IN_TIME, SHUFFLED, write
from tests.bench.turns import Answers, Disagreement, Way, in_turns

ARRAYS, ARRAYS_LATE = "keepfit, memory", "keepfit, memory, known late"
PARQUET, LATE = "keepfit, Parquet", "keepfit, Parquet, known late"
ASOF, PANDAS = "DuckDB by hand, memory", "pandas, memory"
POLARS, POLARS_PARQUET, FEAST = "polars, memory", "polars, Parquet", "Feast, Parquet"
# Times as many rows of the spine, times as many of each view, and their order.
_GROWTH = (
    (1, 1, IN_TIME),
    (1, 3, IN_TIME),
    (1, 10, IN_TIME),
    (10, 10, IN_TIME),
    (1, 1, SHUFFLED),
    (10, 10, SHUFFLED),
)
_ORDERS = {IN_TIME: "", SHUFFLED: ", shuffled"}


def compared(*, peers: Path | None, rounds: int, share: float) -> list[Comparison]:
    """Four tables; ``share`` of the rows, and what of ``peers`` there is."""
    joins = [_beside_others(peers, rounds, share), _grown(min(rounds, 3), share)]
    return [*joins, *aggregates.compared(peers=peers, rounds=rounds, share=share)]


def _beside_others(peers: Path | None, rounds: int, share: float) -> Comparison:
    spine, view = int(SPINE_ROWS * share), int(VIEW_ROWS * share)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), spine_rows=spine, view_rows=view)
        taken = in_turns(_ways(folder, peers), rounds=rounds, check=_agree)
    notes = [
        "all found the same values for the same rows, but those known late, which agree with each other",
        "a ttl of a day, a delay of ten minutes",
        "memory: from arrays, tables or frames, in no order, to the same; Parquet: from files, to a table or frame",
    ]
    title = f"{spine:,} rows joined with {VIEWS} views of {view:,}"
    return Comparison.of_processes(title, taken, over=[ARRAYS, PARQUET], notes=notes)


def _ways(folder: str, peers: Path | None) -> list[Way]:
    own = partial(Way.of, python=Path(sys.executable), folder=folder)
    ways = [
        own(ARRAYS, "joins.with_arrays", "timely"),
        own(ARRAYS_LATE, "joins.with_arrays", "late"),
        own(PARQUET, "joins.with_duckdb", "parquet"),
        own(LATE, "joins.with_duckdb", "late"),
        own(ASOF, "joins.with_duckdb", "asof"),
        own(PANDAS, "joins.with_pandas", ""),
    ]
    if peers:
        ways += [
            Way.of(POLARS, "joins.with_polars", "memory", python=peers, folder=folder),
            Way.of(POLARS_PARQUET, "joins.with_polars", "parquet", python=peers, folder=folder),
            Way.of(FEAST, "joins.with_feast", "", python=peers, folder=folder),
        ]
    return ways


def _agree(answers: Answers) -> None:
    """The same rows, the same number of matches and the same sum of each feature, but for the order of adding."""
    for name, answer in answers.items():
        reference = ARRAYS_LATE if name in (LATE, ARRAYS_LATE) else ARRAYS
        for key, value in answers[reference].items():
            if not math.isclose(answer[key], value, rel_tol=1e-9):
                raise Disagreement(f"{key}: {answer[key]} by {name}, {value} by {reference}")


def _grown(rounds: int, share: float) -> Comparison:
    """keepfit from Parquet files, with more rows."""
    with tempfile.TemporaryDirectory() as folder:
        ways: list[Way] = []
        for spine, view, order in _GROWTH:
            name = f"{spine}x rows, {view}x events{_ORDERS[order]}"
            own = Path(folder) / str(len(ways))
            own.mkdir()
            rows = {"spine_rows": int(SPINE_ROWS * share) * spine, "view_rows": int(VIEW_ROWS * share) * view}
            write(own, **rows, order=order)
            ways.append(
                Way.of(name, "joins.with_duckdb", "parquet", python=Path(sys.executable), folder=str(own))
            )
        taken = in_turns(ways, rounds=rounds, check=lambda _: None)
    title = "keepfit, Parquet, with more rows"
    notes = ["events in order of time, as uploads bring them, or shuffled, each far from the one before"]
    return Comparison.of_processes(title, taken, over=[ways[0].name, ways[4].name], notes=notes)
