"""The comparison of searches: keepfit's and scikit-learn's, 40 candidates on the same 50,000 rows."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.figures import Comparison
from tests.bench.search.rows import COLUMNS, write
from tests.bench.turns import Answers, Disagreement, Way, in_turns

ROWS, CANDIDATES, _QUICK_CANDIDATES = 50_000, 40, 3
HALVING, TPE = "keepfit, halving", "keepfit, TPE"
RANDOMIZED = "RandomizedSearchCV, 5 folds"
# Beyond that, one of them searched something else, and the time says nothing.
_TOLERANCE = 0.01


def compared(*, share: float) -> list[Comparison]:
    """One table; ``share`` of the rows. One turn each: a search takes minutes, beside which noise is small."""
    rows, quick = int(ROWS * share), share < 1
    candidates = _QUICK_CANDIDATES if quick else CANDIDATES
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows)
        own = partial(Way.of, python=Path(sys.executable), folder=folder)
        ways = [
            own(HALVING, "search.with_keepfit", f"halving:{candidates}"),
            own(TPE, "search.with_keepfit", f"tpe:{candidates}"),
            own(RANDOMIZED, "search.with_sklearn", f"{candidates}"),
        ]
        taken = in_turns(ways, rounds=0, check=_no_check if quick else _agree)
    title = f"Search of {candidates} candidates on {rows:,} rows x {COLUMNS} columns"
    notes = [
        "the same estimator and space in each way; the best is fitted to all rows, and asked for 100,000 new ones",
        "keepfit: a fifth of the rows validates; the candidate as it is by default is one of the trials",
    ]
    comparison = Comparison.of_processes(title, taken, over=[HALVING], notes=notes)
    scored = [{**row, "roc_auc": taken[str(row["way"])].answer["roc_auc"]} for row in comparison.rows]
    return [Comparison(title=title, rows=scored, notes=notes, versions=comparison.versions)]


def _agree(answers: Answers) -> None:
    best = max(answer["roc_auc"] for answer in answers.values())
    for name, answer in answers.items():
        if answer["roc_auc"] < best - _TOLERANCE:
            raise Disagreement(f"{name} has a test ROC AUC of {answer['roc_auc']:.4f}, another {best:.4f}")


def _no_check(_answers: Answers) -> None:
    """Of a few hundred rows every search finds something else."""
