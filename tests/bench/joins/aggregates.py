"""Aggregates of sliding windows: keepfit beside window frames and rolling, and how it grows."""

from __future__ import annotations

import math
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.figures import Comparison
from tests.bench.joins.rows import DELAY_SECONDS, SPINE_ROWS, VIEW_ROWS
from tests.bench.joins.windows import AGGREGATES, VIEW, WINDOWS, write_exact
from tests.bench.joins.windows_with_arrays import read
from tests.bench.joins.write import write
from tests.bench.turns import Answers, Disagreement, Way, in_turns

ARRAYS, ARRAYS_LATE = "keepfit, memory", "keepfit, memory, known late"
PARQUET, LATE = "keepfit, Parquet", "keepfit, Parquet, known late"
FRAMES, ROLLING = "DuckDB window frames, memory", "polars rolling, memory"
_OTHERS = ("distinct", "quantile")
# Times as many rows of the spine and events.
_GROWTH = (1, 10)


def compared(*, peers: Path | None, rounds: int, share: float) -> list[Comparison]:
    """Two tables; ``share`` of the rows, and what of ``peers`` there is."""
    return [_beside_others(peers, rounds, share), _grown(min(rounds, 2), share)]


def _beside_others(peers: Path | None, rounds: int, share: float) -> Comparison:
    spine, view = int(SPINE_ROWS * share), int(VIEW_ROWS * share)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), spine_rows=spine, view_rows=view)
        write_exact(Path(folder), read(Path(folder), "spine"), read(Path(folder), VIEW), DELAY_SECONDS)
        errors: dict[str, float] = {}
        taken = in_turns(_ways(folder, peers), rounds=rounds, check=partial(_agree, errors=errors))
    notes = [
        f"windows {', '.join(WINDOWS)}; {', '.join(AGGREGATES)}, or where it says so one other; one thread",
        "all found the same, but those known late and other aggregates, which agree with none",
        *(f"{name}: the worst sum is {error:.2g} from the exact one" for name, error in errors.items()),
    ]
    title = f"{len(WINDOWS)} windows of {len(AGGREGATES)} aggregates at {spine:,} rows over {view:,} events"
    return Comparison.of_processes(title, taken, over=[ARRAYS, PARQUET], notes=notes)


def _ways(folder: str, peers: Path | None) -> list[Way]:
    own = partial(Way.of, python=Path(sys.executable), folder=folder)
    ways = [
        own(ARRAYS, "joins.windows_with_arrays", "timely"),
        own(ARRAYS_LATE, "joins.windows_with_arrays", "late"),
        *(own(f"{ARRAYS_LATE}, {one}", "joins.windows_with_arrays", f"{one},late") for one in _OTHERS),
        own(PARQUET, "joins.windows_with_duckdb", "parquet"),
        own(LATE, "joins.windows_with_duckdb", "late"),
        own(FRAMES, "joins.windows_with_duckdb", "frames"),
    ]
    if peers:
        ways.append(Way.of(ROLLING, "joins.windows_with_polars", "", python=peers, folder=folder))
    return ways


def _agree(answers: Answers, *, errors: dict[str, float]) -> None:
    """The same values of each feature, but for the order of adding; and how far sums are from the exact ones."""
    for name in [name for name in (PARQUET, FRAMES, ROLLING, LATE) if name in answers]:
        reference = answers[ARRAYS_LATE if name == LATE else ARRAYS]
        for key, value in answers[name].items():
            if key != "error" and not math.isclose(value, reference[key], rel_tol=1e-6):
                raise Disagreement(f"{key}: {value} by {name}, {reference[key]} by keepfit")
    errors |= {name: answers[name]["error"] for name in (ARRAYS, FRAMES, ROLLING) if name in answers}
    if errors[ARRAYS]:
        raise Disagreement(f"a sum is {errors[ARRAYS]} from the exact one")


def _grown(rounds: int, share: float) -> Comparison:
    """keepfit from Parquet files, with more rows."""
    with tempfile.TemporaryDirectory() as folder:
        ways = []
        for times in _GROWTH:
            own = Path(folder) / str(times)
            own.mkdir()
            write(own, spine_rows=int(SPINE_ROWS * share) * times, view_rows=int(VIEW_ROWS * share) * times)
            name = f"{times}x rows and events"
            ways.append(
                Way.of(
                    name, "joins.windows_with_duckdb", "parquet", python=Path(sys.executable), folder=str(own)
                )
            )
        taken = in_turns(ways, rounds=rounds, check=lambda _: None)
    title = "aggregates by keepfit, Parquet, with more rows"
    return Comparison.of_processes(title, taken, over=[ways[0].name], notes=[])
