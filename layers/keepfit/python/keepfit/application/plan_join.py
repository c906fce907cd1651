"""Plans the join of a run's features: where it is done, and what is to be done there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepfit.application.joined_datasets import joined_elsewhere
from keepfit.application.plan_training_set import plan_of
from keepfit.application.ports import FeatureJoins
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.errors import EmptyWindow, InvalidDefinition
from keepfit.features.catalogue.ports import StoredKeys
from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.manifest import Manifest
from keepfit.features.datasets.ports import Lake
from keepfit.features.offline.join_job import EXCHANGE, JOB, SPINE
from keepfit.features.offline.registry import AUTO, DUCKDB, SPARK
from keepfit.layout import DatasetScope
from keepfit.training.definition import TrainingDefinition
from keepfit.training.runs.run_files import DEFINITION, RunFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPlanner:
    """Plans one run's join.

    ``stored`` lists what is in the lake; the addresses of keys are ``in_lake`` and ``in_artifacts``.
    """

    files: RunFiles
    lake: Lake
    stored: StoredKeys
    joins: FeatureJoins
    in_lake: Callable[[str], str]
    in_artifacts: Callable[[str], str]

    def plan(self) -> dict[str, Any]:
        """Decides, and writes the job down where Spark is to join; idempotent.

        Returns:
            ``engine``; ``events``: how many rows the views' datasets have; for Spark ``rows``, how many ask, and
            ``job``, the address of the document.

        Raises:
            InvalidDefinition: the data has a field in another type.
            EmptyWindow: every row that could train has expired.
        """
        compiled, versions = decode_model(self.files.get(DEFINITION)), self.files.run().data
        manifests = {name: self.lake.manifest(name, versions[name]) for name in compiled.datasets}
        events = sum(manifests[name].rows for name in joined_elsewhere(compiled))
        if engine_by_size(compiled.definition.training, events) != SPARK:
            return {"engine": DUCKDB, "events": events}
        for name, definition in compiled.datasets.items():
            if disagreement := manifests[name].disagreement(definition.fields):
                raise InvalidDefinition(f"dataset.{name}: {disagreement}")
        rows = self._write(compiled, manifests)
        return {"engine": SPARK, "events": events, "rows": rows, "job": self._at(JOB)}

    def _write(self, compiled: CompiledModel, manifests: dict[str, Manifest]) -> int:
        unrepeated = frozenset(
            name
            for name, manifest in manifests.items()
            if manifest.is_unrepeated(compiled.datasets[name].identity)
        )
        plan = plan_of(compiled, unrepeated=unrepeated)
        addresses = {name: self._addresses(manifests[name], compiled) for name in joined_elsewhere(compiled)}
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            parts = self._parts(manifests[plan.spine], compiled, folder)
            rows = self.joins.write(
                folder, plan, parts, addresses=addresses, texts=compiled.spark or {}, at=self._at("")
            )
            kept = self.files.rows
            for name in (SPINE, JOB):  # the job last: with it, all is there
                kept.store.put_file(kept.key(f"{EXCHANGE}/{name}"), folder / name)
        return rows

    def _parts(self, manifest: Manifest, compiled: CompiledModel, folder: Path) -> list[Path]:
        definition, paths = compiled.datasets[manifest.dataset], list[Path]()
        for number, part in enumerate(manifest.parts):
            path = folder / f"{manifest.dataset}-{number}.parquet"
            if get_kept(self.lake, part, path, definition):
                paths.append(path)
        if not paths:
            raise EmptyWindow(
                f"every row of {manifest.dataset} has expired, because of keep = '{definition.keep}': upload newer ones"
            )
        return paths

    def _addresses(self, manifest: Manifest, compiled: CompiledModel) -> list[str]:
        keys = [part.key for part in manifest.parts]
        if compiled.datasets[manifest.dataset].keep:
            held = {*self.stored.list(DatasetScope(manifest.dataset).parts)}
            keys = [key for key in keys if key in held]
        return [self.in_lake(key) for key in keys]

    def _at(self, name: str) -> str:
        return self.in_artifacts(self.files.rows.key(f"{EXCHANGE}/{name}"))


def engine_by_size(training: TrainingDefinition, events: int) -> str:
    """The engine that joins so many events."""
    if training.engine != AUTO:
        return training.engine
    return SPARK if events > training.most_of_duckdb else DUCKDB
