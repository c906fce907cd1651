"""Screens an upload against the uploads of its dataset before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from keepfit.monitoring.screening.labels import label_shift, slice_shift
from keepfit.monitoring.screening.relations import leaking_column, lost_relation
from keepfit.monitoring.screening.table import Anomaly, ContingencyTable, Uploads
from keepfit.monitoring.screening.values import (
    constant_time,
    crowded_values,
    far_values,
    moved_values,
    strange_values,
)

TABLE_CHECKS: Final[tuple[Callable[[ContingencyTable], Iterator[Anomaly]], ...]] = (
    label_shift,
    slice_shift,
    strange_values,
    far_values,
    moved_values,
    lost_relation,
    leaking_column,
)


def screen(uploads: Uploads) -> list[Anomaly]:
    """What stands out in the last of the uploads; nothing where it is the first."""
    if len(uploads.rows) < 2:
        return []
    found = [*constant_time(uploads), *crowded_values(uploads)]
    for table in uploads.tables:
        for check in TABLE_CHECKS:
            found += check(table)
    return list(dict.fromkeys(found))
