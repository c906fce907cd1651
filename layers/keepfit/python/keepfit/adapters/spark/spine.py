"""The rows that ask, as Spark reads them: a number, an instant, and the fields that name entities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keepfit.adapters.spark.rows import TYPES, handed
from keepfit.features.datasets.part_rows import LINE, SOURCE
from keepfit.features.expressions.spark_sql import name
from keepfit.features.offline.plan import TrainingSetPlan, ViewJoin
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted

TABLE = "spine"
_HELD_AS = {"TIMESTAMP": "BIGINT"}


@dataclass(frozen=True, slots=True)
class Spine:
    """The fields of ``dataset`` that name entities, in columns ``e0`` and so on."""

    dataset: DatasetDefinition
    fields: Sequence[str]

    @classmethod
    def of(cls, plan: TrainingSetPlan) -> Spine:
        fields = dict.fromkeys(key for join in plan.joins if not join.timeless for key in join.entity)
        return cls(plan.datasets[plan.spine], [*fields])

    @property
    def schema(self) -> str:
        """Its columns."""
        kinds = [TYPES[type_of(self.dataset.fields[key].type).storage] for key in self.fields]
        keys = [f"e{n} {_HELD_AS.get(kind, kind)}" for n, kind in enumerate(kinds)]
        return ", ".join(["_row BIGINT", "_at BIGINT", *keys])

    def written(self, moment: str) -> str:
        """DuckDB's SELECT of it from the table ``spine``, numbered the same in every run."""
        keys = [f"{self._handed(key)} AS e{n}" for n, key in enumerate(self.fields)]
        return f"SELECT {', '.join([numbered(), f'epoch_us({quoted(moment)}) AS _at', *keys])} FROM spine"

    def _handed(self, key: str) -> str:
        storage = type_of(self.dataset.fields[key].type).storage
        return f"epoch_us({quoted(key)})" if storage == "TIMESTAMPTZ" else quoted(key)

    def asking(self, join: ViewJoin) -> str:
        """A SELECT of the rows that ask for a view: their entity as ``k0`` and so on, none of it missing."""
        places = [self.fields.index(key) for key in join.entity]
        keys = [f"e{place} AS k{n}" for n, place in enumerate(places)]
        there = " AND ".join(f"e{place} IS NOT NULL" for place in places)
        return f"SELECT {', '.join(keys)}, _row, _at FROM {TABLE} WHERE {there}"

    def event_keys(self, join: ViewJoin) -> list[str]:
        """The same of a view's rows."""
        storages = [type_of(self.dataset.fields[key].type).storage for key in join.entity]
        return [handed(name(key), storage) for key, storage in zip(join.entity, storages, strict=True)]


def numbered() -> str:
    """The number of a row of the spine, by where it came from."""
    return f"row_number() OVER (ORDER BY {SOURCE}, {LINE}) AS _row"
