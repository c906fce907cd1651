"""Builds a run's training set: from the versions of its data to the rows that train and the rows that judge."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from keepfit.application.plan import plan_of
from keepfit.application.ports import Engine, TrainingRows
from keepfit.application.signing import sign
from keepfit.definitions.model import CompiledModel, decode_model
from keepfit.errors import EmptyWindow, InvalidDefinition
from keepfit.features.datasets.keeping import get_kept
from keepfit.features.datasets.ports import Lake
from keepfit.features.schema import signature as signatures
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.layout import rows_folder
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.training.training_set import describe, enough


class _Reads(msgspec.Struct, frozen=True, kw_only=True):
    """The part of run.json that says which data the run reads."""

    data: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Local copies of a dataset's parts, and how many files and rows have expired."""

    paths: list[Path] = field(default_factory=list)
    expired: Counter[str] = field(default_factory=lambda: Counter(files=0, rows=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetBuilder:
    """One run's training set, from its data's manifests to the run's files."""

    artifacts: ArtifactStore
    lake: Lake
    engine: Engine
    folder: str

    def build(self) -> dict[str, Any]:
        """Writes the run's rows, signature and reference profile; the same files again when asked again.

        Returns:
            ``candidates``: the names to train; ``rows``: how many rows train.

        Raises:
            InvalidDefinition: the data has a field in another type, or lacks one that is not nullable.
            EmptyWindow: too few labelled rows that can train and judge, or only one label.
        """
        compiled = decode_model(self.artifacts.get(f"{self.folder}/definition.json"))
        reads = msgspec.json.decode(self.artifacts.get(f"{self.folder}/run.json"), type=_Reads)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            parts = {
                name: self._parts(name, reads.data[name], dataset, folder)
                for name, dataset in compiled.datasets.items()
            }
            paths = {name: kept.paths for name, kept in parts.items()}
            expired = {name: kept.expired for name, kept in parts.items() if kept.expired["files"]}
            with self.engine.training_rows(folder) as rows:
                facts = self._write(compiled, rows, paths, folder, expired)
        return {"candidates": list(compiled.definition.training.candidates), "rows": facts["rows"]}

    def _parts(self, dataset: str, version: int, definition: DatasetDefinition, folder: Path) -> _Parts:
        manifest = self.lake.manifest(dataset, version)
        disagreement = manifest.disagreement(definition.fields)
        if disagreement:
            raise InvalidDefinition(f"dataset.{dataset}: {disagreement}")
        kept = _Parts()
        for number, part in enumerate(manifest.parts):
            path = folder / f"{dataset}-{number}.parquet"
            if get_kept(self.lake, part, path, definition):
                kept.paths.append(path)
            else:
                kept.expired["files"] += 1
                kept.expired["rows"] += part.rows
        if not kept.paths:
            raise EmptyWindow(
                f"every row of {dataset} has expired, because of keep = '{definition.keep}': upload newer ones"
            )
        return kept

    def _write(
        self,
        compiled: CompiledModel,
        rows: TrainingRows,
        parts: dict[str, list[Path]],
        folder: Path,
        expired: dict[str, Counter[str]],
    ) -> dict[str, object]:
        training = compiled.definition.training
        if not rows.collect(plan_of(compiled), parts):
            raise EmptyWindow(f"no row of {compiled.definition.dataset} has a label yet: upload some that do")
        cut = rows.cut(holdout=training.holdout, max_rows=training.max_rows, seed=training.seed)
        train, holdout = rows.span("train"), rows.span("holdout")
        enough(train, holdout, cut, training=training, gates=compiled.definition.gates)
        _refuse_gaps(compiled, rows)
        facts = {**describe(train, holdout, cut), **({"expired": expired} if expired else {})}
        signature = sign(compiled, rows)
        sent = {column.name: column.type for column in signature.instance_columns}
        self._put("signature.json", signatures.to_json(signature))
        self._put("profile.json", profile_of(rows.columns(list(sent)), sent).to_json())
        read = [column.name for column in signature.model_columns]
        for part in ("train", "holdout"):
            path = folder / f"{part}.parquet"
            rows.write_parquet(part, read, path)
            self.artifacts.put_file(f"{rows_folder(self.folder)}/{part}.parquet", path)
        instances = folder / "holdout.jsonl"
        rows.write_instances(sent, instances)
        self.artifacts.put_file(f"{rows_folder(self.folder)}/holdout.jsonl", instances)
        self._put("training_set.json", msgspec.json.format(msgspec.json.encode(facts)))
        return facts

    def _put(self, file: str, body: bytes) -> None:
        self.artifacts.put(f"{self.folder}/{file}", body)


def _refuse_gaps(compiled: CompiledModel, rows: TrainingRows) -> None:
    """An input may be missing from rows that are older than the field, or than the day it ceased to be nullable."""
    required = [name for name in compiled.definition.inputs if not compiled.spine.fields[name].nullable]
    for name, gaps in rows.gaps(required).items():
        if gaps:
            raise InvalidDefinition(
                f"dataset.{compiled.definition.dataset}: the field {name} is not nullable, but {gaps:,} rows of the "
                f"last {compiled.definition.training.window} lack it; make it nullable, or shorten the window"
            )
