"""The answer of a join that ends as a pandas frame, to compare with that of DuckDB."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from tests.bench.joins.rows import FEATURES


def found(joined: pd.DataFrame) -> Mapping[str, float]:
    """As ``with_duckdb.found``."""
    answer = {"rows": float(len(joined))}
    place = joined["line"] % 1009
    for name in (name for features in FEATURES.values() for name in features):
        answer[f"matched {name}"] = float(joined[name].count())
        answer[f"sum {name}"] = float((joined[name].fillna(-1) * place).sum())
    return answer
