"""The comparison of batches: keepfit's, and pandas with scikit-learn, from Parquet to Parquet."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.batch.rows import COLUMNS, MODELS, write
from tests.bench.figures import Comparison
from tests.bench.turns import Answers, Disagreement, Way, in_turns

ROWS = 1_000_000
KEEPFIT, PANDAS = "keepfit", "pandas + scikit-learn"
_CARRIED = {"all": "all columns carried along", "none": "row numbers and answers alone"}
# Both fit the same estimator, of codes that begin elsewhere.
_TOLERANCE = 1e-3


def compared(*, rounds: int, share: float) -> list[Comparison]:
    """One table for each model and for what is carried along; ``share`` of the rows."""
    rows = int(ROWS * share)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows)
        return [_compared(folder, model, carry, rows, rounds) for model in MODELS for carry in _CARRIED]


def _compared(folder: str, model: str, carry: str, rows: int, rounds: int) -> Comparison:
    own = partial(Way.of, python=Path(sys.executable), folder=folder)
    how = f"{model}:{carry}"
    ways = [own(KEEPFIT, "batch.with_keepfit", how), own(PANDAS, "batch.with_pandas", how)]
    taken = in_turns(ways, rounds=rounds, check=_agree)
    return Comparison.of_processes(
        f"Batch of {rows:,} rows x {COLUMNS} columns, {model}, {_CARRIED[carry]}",
        taken,
        over=[KEEPFIT],
        notes=[
            "from a Parquet file to Parquet, each on one core; keepfit checks every cell as a request's besides",
            "MB above input: what the process took on top of what its imports had taken",
        ],
    )


def _agree(answers: Answers) -> None:
    own, other = answers[KEEPFIT], answers[PANDAS]
    if own["rows"] != other["rows"]:
        raise Disagreement(f"keepfit answered {own['rows']:.0f} rows, and pandas {other['rows']:.0f}")
    apart = abs(own["mean"] - other["mean"]), abs(own["true"] - other["true"]) / own["rows"]
    if max(apart) > _TOLERANCE:
        raise Disagreement(f"the answers differ: {dict(own)} and {dict(other)}")
