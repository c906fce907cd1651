"""The gates of a run as a table: each in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType

from cli.rendering.tables import table
from keepfit.views.gates import GateLine

COLUMNS = ["gate", "", "asks that", "measured"]


def gate_rows(gates: Sequence[GateLine]) -> list[list[Any]]:
    """A row for each gate, in the order of ``COLUMNS``."""
    return [[each.gate, each.outcome, each.asks, each.measured] for each in gates]


def gate_table(title: str, gates: Sequence[GateLine]) -> RenderableType:
    """The table of gates, for a terminal."""
    return table(title, COLUMNS, gate_rows(gates))


def details_of(gates: Sequence[GateLine]) -> list[RenderableType]:
    """What gates that were not passed have to say beside their line."""
    failed = [each for each in gates if each.outcome in ("failed", "warned")]
    rows = [[each.gate, detail] for each in failed for detail in each.details]
    return [table("Details", ["gate", "detail"], rows)] if rows else []
