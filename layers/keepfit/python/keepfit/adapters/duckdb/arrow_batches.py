"""DuckDB's results as batches of numpy columns, a row group at a time, through its Arrow stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nanoarrow
import numpy as np
import numpy.typing as npt

from keepfit.features.offline.columns import Texts, Values


def batches(relation: Any, *, leading: int) -> Iterator[tuple[list[npt.NDArray[Any]], list[Values | Texts]]]:
    """The columns of a DuckDB relation, batch by batch; a batch is valid until the next one.

    Numbers and instants (microseconds) are of fixed width; truths must be cast to numbers beforehand. The ``leading``
    columns are numbers that are never missing, and come as arrays.
    """
    for batch in nanoarrow.ArrayStream(relation):
        columns = [_column(batch.child(position)) for position in range(batch.n_children)]
        yield (
            [column.values for column in columns[:leading] if isinstance(column, Values)],
            columns[leading:],
        )


def _column(array: nanoarrow.Array) -> Values | Texts:
    rows, first = len(array), array.offset
    valid, values, *more = array.buffers
    present = None
    if nanoarrow.c_array(array).null_count:
        bits = np.frombuffer(valid, np.uint8)
        present = np.unpackbits(bits, bitorder="little")[first : first + rows].view(np.bool_)
    if more:
        return Texts(np.frombuffer(values, np.int32)[first : first + rows + 1], bytes(more[0]), present)
    numbers = np.asarray(values)[first : first + rows]
    # Arrow's 64 bits are C's long long, for which numpy has no fast way where its own type is long.
    return Values(numbers.view(numbers.dtype.str), present)
