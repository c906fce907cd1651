"""Stored rows are read column by column, and a category's values are in memory once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

from keepfit.adapters.duckdb.rows import DuckdbRows


def test_equal_texts_are_one_object_and_nulls_stay_masked(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    made = "if(range % 5 = 0, NULL, 'value ' || range % 3) AS c, range::DOUBLE AS n, range AS \"odd name\""
    duckdb.sql(f"SELECT {made} FROM range(3000)").write_parquet(str(path))
    columns = DuckdbRows().columns(path, ["n", "c", "odd name"])
    assert list(columns) == ["n", "c", "odd name"]
    c = columns["c"]
    assert isinstance(c, np.ma.MaskedArray)
    expected = [None if row % 5 == 0 else f"value {row % 3}" for row in range(3000)]
    assert c.tolist() == expected
    assert len({id(value) for value in c.compressed()}) == 3
    assert columns["n"].tolist() == columns["odd name"].tolist() == list(range(3000))
