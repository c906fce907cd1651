"""DuckDB's results as batches of numpy columns, a row group at a time, through its Arrow stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nanoarrow
import numpy.typing as npt

from keepfit.features.offline.arrow import column_of
from keepfit.features.offline.columns import Texts, Values


def batches(relation: Any, *, leading: int) -> Iterator[tuple[list[npt.NDArray[Any]], list[Values | Texts]]]:
    """The columns of a DuckDB relation, batch by batch; a batch is valid until the next one.

    Numbers and instants (microseconds) are of fixed width; truths must be cast to numbers beforehand. The ``leading``
    columns are numbers that are never missing, and come as arrays.
    """
    for batch in nanoarrow.ArrayStream(relation):
        columns = [column_of(batch.child(position)) for position in range(batch.n_children)]
        yield (
            [column.values for column in columns[:leading] if isinstance(column, Values)],
            columns[leading:],
        )
