"""A sample of a table's rows in memory, in which columns are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keepfit.definitions.drafting.cells import values_sql
from keepfit.definitions.drafting.table import Column, Table
from keepfit.definitions.drafting.texts import Texts
from keepfit.features.schema.types.base import type_of

Numbers = npt.NDArray[np.float64]

_MAX_ROWS = 40_000
_MAX_CELLS = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows drawn over the whole file, in its order; (rows,) each.

    Args:
        values: each column as numbers: truths 0 and 1, instants seconds since 1970, of categories a code that two rows
            share where they share the value; NaN where a value is missing.
        label: the label's values likewise; NaN in rows that have none.
    """

    values: Mapping[str, Numbers]
    label: Numbers

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        known: npt.NDArray[np.bool_] = ~np.isnan(self.label)
        return known


def draw(connection: Any, texts: Texts, table: Table, label: str) -> Sample:
    """Some ten thousand rows, fewer of a wide table; the same file gives the same rows."""
    most = min(_MAX_ROWS, _MAX_CELLS // max(len(table.columns), 1))
    share = min(1.0, most / max(table.rows, 1))
    chosen = f"SELECT * FROM {texts.sql} WHERE hash(_row) >> 32 < {int(share * 2**32)}"  # noqa: S608
    fields = {f"c{column.place}": column.field for column in table.columns.values()}
    coded = [f"{_code(column)} AS c{column.place}" for column in table.columns.values()]
    fetched = connection.execute(
        f"SELECT {', '.join(coded)} FROM {values_sql(fields, chosen)} ORDER BY _row"  # noqa: S608
    ).fetchnumpy()
    values = {
        name: np.ma.filled(np.ma.asarray(fetched[f"c{column.place}"], dtype=np.float64), np.nan)
        for name, column in table.columns.items()
    }
    return Sample(label=values.pop(label), values=values)


def _code(column: Column) -> str:
    value = f"c{column.place}"
    if type_of(column.field.type).is_instant:
        return f"epoch({value})"
    if column.is_words:
        # 52 bits are exact as a float64; that two of a few thousand values share a code is unlikely, and does no harm.
        return f"CAST(hash({value}) >> 12 AS DOUBLE) + CASE WHEN {value} IS NOT NULL THEN 0 END"
    return f"CAST({value} AS DOUBLE)"
