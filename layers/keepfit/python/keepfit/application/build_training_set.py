"""Builds a run's training set: joins, derives and cuts the rows that train and judge."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from keepfit.application.arrays import to_npy
from keepfit.application.fan_out import fan_out
from keepfit.application.joined_datasets import read_here
from keepfit.application.joined_features import JoinedFeatures, engine_that_joins
from keepfit.application.make_signature import sign
from keepfit.application.plan_training_set import plan_of
from keepfit.application.ports import PARTS, Engine, TrainingRows
from keepfit.definitions.compiled_model import CompiledModel, decode_model
from keepfit.errors import EmptyWindow, InvalidDefinition
from keepfit.evaluation.tasks.registry import specify, training_task_of
from keepfit.features.datasets.expired_parts import get_kept
from keepfit.features.datasets.manifest import Part
from keepfit.features.datasets.ports import Lake
from keepfit.features.offline.join_job import JoinJob
from keepfit.features.offline.plan import TrainingSetPlan
from keepfit.features.schema import signature as signatures
from keepfit.features.schema.cell_form import FieldType
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.signature import Signature
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.resampling import with_null_distributions
from keepfit.monitoring.profiles.profile import profile_of, season_of
from keepfit.monitoring.profiles.row_sample import RowSample
from keepfit.training.compute import compute_of
from keepfit.training.definition import IMPORTED, tried
from keepfit.training.runs.run_files import (
    DEFINITION,
    HOLDOUT,
    PROFILE,
    ROWS,
    SEGMENT_PLAN,
    SIGNATURE,
    TRAINED_IDS,
    TRAINING_SET,
    RunFiles,
)
from keepfit.training.segments.plan import plan_segments
from keepfit.training.training_set import Expired, TrainingSet, describe, enough

_UNKNOWN_PAST = (
    "the model was imported, and nobody here knows what it was trained on: its figures are true only if no row that "
    "judges it was among that"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Local copies of a dataset's parts, whether rows may be equal, and the amount of it that has expired."""

    paths: list[Path]
    repeats: bool
    expired: Expired


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetBuilder:
    """Builds one run's training set from its data's manifests."""

    files: RunFiles
    lake: Lake
    engine_of: Callable[[str], Engine]

    def build(self) -> dict[str, Any]:
        """Writes the run's rows, signature and reference profile; idempotent.

        Returns:
            ``candidates``: what trains, see ``fan_out``; ``rows``: how many rows train; ``selects``: whether columns
            are selected before; ``on``: the service that trains; ``segmented``: whether models of segments follow, in
            which ``batches``.

        Raises:
            InvalidDefinition: the data has a field in another type, or lacks one that is not nullable.
            EmptyWindow: too few labelled rows that can train and judge, or only one label.
        """
        compiled = decode_model(self.files.get(DEFINITION))
        run = self.files.run()
        versions = run.data
        joined = JoinedFeatures(files=self.files)
        defined = compiled.definition.training.engine
        job = joined.job(defined)
        here = compiled.datasets.keys() if job is None else read_here(compiled)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            parts = {
                name: self._parts(name, versions[name], dataset, folder)
                if name in here
                else self._read_elsewhere(name, versions[name], job)
                for name, dataset in compiled.datasets.items()
            }
            if job is not None:
                joined.fetch(job, folder)
            paths = {name: kept.paths for name, kept in parts.items()}
            expired = {name: kept.expired for name, kept in parts.items() if kept.expired.files}
            with self.engine_of(engine_that_joins(defined, job)).training_rows(folder) as rows:
                unrepeated = frozenset(name for name, kept in parts.items() if not kept.repeats)
                plan = plan_of(compiled, unrepeated=unrepeated)
                facts = self._write(
                    compiled, plan, rows, paths, folder, expired, imports=bool(run.trigger.imported)
                )
        training = compiled.definition.training
        selects = training.feature_selection is not None and not run.trigger.imported
        signature = signatures.from_json(self.files.get(SIGNATURE))
        estimator, columns = training_task_of(signature.task).estimator, len(signature.model_columns)
        segments = self.files.segment_plan() if facts.segments else None
        return {
            "candidates": fan_out(
                facts.candidates, compiled.candidates, training.search, estimator=estimator, rows=facts.rows
            ),
            "rows": facts.rows,
            "selects": selects,
            "on": compute_of(training, rows=facts.rows, columns=columns),
            "segmented": segments is not None,
            "batches": list(range(segments.batches)) if segments is not None else [],
        }

    def _read_elsewhere(self, dataset: str, version: int, job: JoinJob | None) -> _Parts:
        """No copies of the parts that a job read; those that it could not read had expired."""
        manifest = self.lake.manifest(dataset, version)
        read = {path.partition("://")[2].partition("/")[2] for path in job.paths} if job else set()
        expired = [part for part in manifest.parts if part.key not in read]
        rows = sum(part.rows for part in expired)
        return _Parts(paths=[], repeats=False, expired=Expired(files=len(expired), rows=rows))

    def _parts(self, dataset: str, version: int, definition: DatasetDefinition, folder: Path) -> _Parts:
        manifest = self.lake.manifest(dataset, version)
        disagreement = manifest.disagreement(definition.fields)
        if disagreement:
            raise InvalidDefinition(f"dataset.{dataset}: {disagreement}")
        paths, expired = list[Path](), list[Part]()
        for number, part in enumerate(manifest.parts):
            path = folder / f"{dataset}-{number}.parquet"
            if get_kept(self.lake, part, path, definition):
                paths.append(path)
            else:
                expired.append(part)
        if not paths:
            raise EmptyWindow(
                f"every row of {dataset} has expired, because of keep = '{definition.keep}': upload newer ones"
            )
        rows = sum(part.rows for part in expired)
        return _Parts(
            paths=paths,
            repeats=not manifest.is_unrepeated(definition.identity),
            expired=Expired(files=len(expired), rows=rows),
        )

    def _write(
        self,
        compiled: CompiledModel,
        plan: TrainingSetPlan,
        rows: TrainingRows,
        parts: dict[str, list[Path]],
        folder: Path,
        expired: dict[str, Expired],
        *,
        imports: bool,
    ) -> TrainingSet:
        training = compiled.definition.training
        if not rows.collect(plan, parts):
            raise EmptyWindow(f"no row of {compiled.definition.dataset} has a label yet: upload some that do")
        cut = rows.cut(plan.split)
        task = training_task_of(specify(compiled.task, rows.labels("train")))
        train, holdout = (task.encode_labels(rows.labels(part)) for part in ("train", "holdout"))
        enough(train, holdout, cut, task=task, training=training, gates=compiled.definition.gates)
        _refuse_gaps(compiled, rows)
        facts = describe(
            {part: rows.span(part) for part in PARTS},
            cut,
            expired,
            split=str(compiled.split),
            labels=(task.summarize(train), task.summarize(holdout)),
        )
        facts = msgspec.structs.replace(
            facts,
            doubts=[*task.doubts(train), *([_UNKNOWN_PAST] if imports else [])],
            candidates=[IMPORTED] if imports else tried(compiled.candidates, facts.rows),
        )
        signature = sign(compiled, rows, task, train)
        facts = msgspec.structs.replace(
            facts, segments=0 if imports else self._plan_segments(compiled, rows, signature)
        )
        sent = {column.name: column.type for column in signature.instance_columns}
        self.files.put(SIGNATURE, signatures.to_json(signature))
        segment_by = None if imports else compiled.definition.segment_by
        self.files.put(PROFILE, _profiled(rows, sent, segment_by, compiled.definition.monitoring))
        read = [column.name for column in signature.model_columns]
        kept = self.files.rows
        for part in PARTS:
            name = ROWS.format(part=part)
            path = folder / name
            rows.write_parquet(part, read, path)
            kept.store.put_file(kept.key(name), path)
        trained = rows.trained_ids()
        if trained is not None:
            kept.put(TRAINED_IDS, to_npy(trained))
        instances = folder / HOLDOUT
        rows.write_instances(sent, instances, plan.beside)
        kept.store.put_file(kept.key(HOLDOUT), instances)
        self.files.put(TRAINING_SET, msgspec.json.format(msgspec.json.encode(facts)))
        return facts

    def _plan_segments(self, compiled: CompiledModel, rows: TrainingRows, signature: Signature) -> int:
        """Writes the plan of segments, where there are to be any, and returns how many have rows enough."""
        by = compiled.definition.segment_by
        if by is None:
            return 0
        known = next(column.vocabulary or [] for column in signature.columns if column.name == by)
        plan = plan_segments(by, rows.column("train", by), known, compiled.definition.segments)
        self.files.put(SEGMENT_PLAN, msgspec.json.format(msgspec.json.encode(plan)))
        return len(plan.segments)


def _profiled(
    rows: TrainingRows,
    sent: Mapping[str, FieldType],
    segment_by: str | None,
    monitoring: MonitoringDefinition,
) -> bytes:
    """The reference profile of what trains and judges, by segment too where there are any."""
    columns = rows.columns(list(sent))
    profile = profile_of(columns, sent)
    if segment_by is not None:
        profile = profile.with_segments(segment_by, columns)
    if monitoring.season is not None:
        season = season_of(monitoring.season, profile.columns, columns, rows.event_seconds())
        profile = msgspec.structs.replace(profile, season=season)
    if monitoring.domain_classifier_threshold is not None:
        profile = msgspec.structs.replace(profile, sample=RowSample.of(profile.columns, columns))
    if monitoring.false_alarms_per_month is not None:
        profile = with_null_distributions(profile, columns, rows.event_seconds(), monitoring.window.seconds)
    return profile.to_json()


def _refuse_gaps(compiled: CompiledModel, rows: TrainingRows) -> None:
    """Raises where an input is missing from rows that must have it.

    It may be missing from rows older than the field, or than the day it ceased to be nullable.
    """
    required = [name for name in compiled.definition.inputs if not compiled.spine.fields[name].nullable]
    window = compiled.definition.training.window
    of_window, or_less = (
        (f" of the last {window}", "shorten the window") if window else ("", "set a training.window")
    )
    for name, gaps in rows.gaps(required).items():
        if gaps:
            raise InvalidDefinition(
                f"dataset.{compiled.definition.dataset}: the field {name} is not nullable, but {gaps:,} rows{of_window}"
                f" lack it; make it nullable, or {or_less}"
            )
