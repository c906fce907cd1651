"""The profile of a window: rows counted in the bins of a reference."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class WindowProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a window counted in the reference's bins; profiles of parts add up to the whole's.

    ``columns`` holds only what the window has. ``outputs`` counts the columns of what one version predicted; the others
    may come from the requests of all, so they need not have the same sum. ``grids`` and ``output_grids`` count numbers
    on the fine grid of their reference, without the missing.
    """

    rows: int
    columns: dict[str, list[int]]
    outputs: dict[str, list[int]] = {}
    grids: dict[str, list[int]] = {}
    output_grids: dict[str, list[int]] = {}

    def __add__(self, other: WindowProfile) -> WindowProfile:
        return WindowProfile(
            rows=self.rows + other.rows,
            columns=_summed(self.columns, other.columns),
            outputs=_summed(self.outputs, other.outputs),
            grids=_summed(self.grids, other.grids),
            output_grids=_summed(self.output_grids, other.output_grids),
        )


def _summed(one: Mapping[str, list[int]], other: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """By name; a column that one of both has not is the other's."""
    both = {
        name: [a + b for a, b in zip(one[name], other[name], strict=True)] for name in one if name in other
    }
    return {name: both.get(name, counts) for name, counts in {**one, **other}.items()}
