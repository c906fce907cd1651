"""Rows of a view from typed values: the entity that each is of, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from keepfit.features.expressions.python_row import columns_of, compile_tree
from keepfit.features.live.rows import TypedRow
from keepfit.features.online.entities import entity_key
from keepfit.features.online.revisions import Revision, micros
from keepfit.features.online.tiles.rows import TileRow, row_id
from keepfit.features.online.view import OnlineView
from keepfit.instants import to_iso


class Origin(NamedTuple):
    """Where rows come from: the beginning of the SHA-256 of their upload, and when that was; microseconds."""

    source: str
    uploaded: int


class ViewRows:
    """Makes revisions of the rows of one view.

    Rows hold a value for each field of the dataset, None where it is missing.
    """

    def __init__(self, view: OnlineView) -> None:
        self._view = view
        self._filter = _Filter([view.filter] if view.filter else [])
        self._columns = [(column.of, _Filter(view.column_filters[column])) for column in view.tiling.columns]

    def entity(self, row: TypedRow) -> str | None:
        """The key of the entity that a row is of; None where it is of none, or has no time."""
        dataset = self._view.dataset
        if not self._view.rule.timeless and None in (row[dataset.event_column], row[dataset.known_column]):
            return None
        return entity_key([row[field] for field in self._view.definition.entity])

    def revision(self, row: TypedRow, line: int, origin: Origin) -> Revision:
        """What is kept of the row in a line of its upload."""
        dataset, timeless = self._view.dataset, self._view.rule.timeless
        beside = [row[field] for field in self._view.beside]
        return Revision(
            happened=origin.uploaded if timeless else micros(row[dataset.event_column]),
            known=origin.uploaded if timeless else micros(row[dataset.known_column]),
            source=origin.source,
            line=line,
            uploaded=origin.uploaded,
            key=entity_key(beside) if dataset.key and not timeless else None,
            values={name: _kept(row[name]) for name in self._view.definition.latest},
        )

    def by_entity(self, rows: Sequence[tuple[int, TypedRow]], origin: Origin) -> dict[str, list[Revision]]:
        """The revisions of numbered rows, by entity."""
        found: dict[str, list[Revision]] = {}
        for line, row in rows:
            entity = self.entity(row)
            if entity is not None and self._filter.holds(row):
                found.setdefault(entity, []).append(self.revision(row, line, origin))
        return found

    def events_by_entity(self, rows: Sequence[TypedRow], origin: Origin) -> dict[str, list[TileRow]]:
        """What windows need of the rows, by entity; rows that are in no window are left out."""
        found: dict[str, list[TileRow]] = {}
        dataset = self._view.dataset
        for row in rows:
            entity = self.entity(row)
            values = [
                (1 if of is None else _number(row[of])) if counts.holds(row) else None
                for of, counts in self._columns
            ]
            if entity is not None and any(value is not None for value in values):
                event = TileRow(
                    id=row_id([row[name] for name in dataset.fields]),
                    happened=micros(row[dataset.event_column]),
                    known=micros(row[dataset.known_column]),
                    values=values,
                    sources=[(origin.source, origin.uploaded)],
                )
                found.setdefault(entity, []).append(event)
        return found


class _Filter:
    """Whether trees of expressions all hold for a row."""

    def __init__(self, trees: Sequence[list[Any]]) -> None:
        self._trees = [(compile_tree(tree, "bool"), columns_of(tree)) for tree in trees]

    def holds(self, row: TypedRow) -> bool:
        return all(
            evaluate({name: [row[name]] for name in columns}, 1)[0] is True
            for evaluate, columns in self._trees
        )


def _number(value: Any) -> Any:
    """A value as windows have it: instants are microseconds since 1970."""
    return micros(value) if isinstance(value, datetime) else value


def _kept(value: Any) -> Any:
    return to_iso(value) if isinstance(value, datetime) else value
