"""A dataset and its model in memory: the library's own code ingests, trains and judges."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd

from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.duckdb.upload_tables import DuckdbUploadTables
from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryVersions
from keepfit.application.build_training_set import TrainingSetBuilder
from keepfit.application.engines import engine_of
from keepfit.application.judge_run import RunJudge
from keepfit.application.register_version import Registration
from keepfit.application.screen_upload import UploadScreening
from keepfit.application.train_candidate import CandidateTask
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel, encode
from keepfit.features.ingest.ingest import Ingest
from keepfit.features.ingest.ingest_result import Ingested
from keepfit.registry.champion import Champion
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.admission import run_document
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.run_files import DEFINITION, RUN, RunFiles
from keepfit.training.runs.triggers import Trigger
from proofs.poison.worlds import LABEL, TIME, World

_START = datetime(2014, 6, 1, tzinfo=UTC)
_CANDIDATE = "boosting"
_MEMORY_MB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that one world's dataset and model have; ``day`` is how many uploads came."""

    world: World
    compiled: CompiledModel
    intake: MemoryIntake = field(default_factory=MemoryIntake)
    lake: MemoryLake = field(default_factory=MemoryLake)
    records: MemoryDatasets = field(default_factory=MemoryDatasets)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    versions: MemoryVersions
    champion: Champion | None = None
    day: int = 0

    def upload(self, rows: pd.DataFrame) -> tuple[House, Ingested]:
        """The house after an upload of ``rows``, and the answer of ingest."""
        key = f"{self.world.name}/{self.day}.csv"
        version_id = self.intake.put(key, rows.to_csv(index=False).encode())
        return replace(self, day=self.day + 1), self._ingest.take(key, version_id)

    def let_in(self) -> None:
        """Lets the upload that came last become data, as a person would who knows it."""
        self._ingest.again(f"{self.world.name}/{self.day - 1}.csv", "1", who="proof", why="it is right")

    def train(self) -> Judgement:
        """Trains and judges a candidate of all that is data."""
        return self._run()[1]

    def released_model(self) -> House:
        """The house with the winner of a run as its champion."""
        files, judgement = self._run()
        if judgement.winner is None:
            raise ValueError(f"{self.world.name} has no first champion: {judgement.reason}")
        register = Registration(model=self.world.name, artifacts=self.artifacts, versions=self.versions)
        version = register.register(files.run().run_id, judgement.winner)
        return replace(self, champion=Champion(version=version.version, lambda_version="2"))

    def copy(self) -> House:
        """Another that goes its own way from here."""
        return replace(
            self,
            intake=MemoryIntake(objects={key: list(bodies) for key, bodies in self.intake.objects.items()}),
            lake=MemoryLake(objects={key: list(bodies) for key, bodies in self.lake.objects.items()}),
            records=MemoryDatasets(
                heads=dict(self.records.heads), files_taken=dict(self.records.files_taken)
            ),
            artifacts=MemoryArtifacts(objects=dict(self.artifacts.objects)),
        )

    @property
    def _ingest(self) -> Ingest:
        return Ingest(
            dataset=self.world.name,
            definition=self.compiled.spine,
            intake=self.intake,
            lake=self.lake,
            records=self.records,
            events=MemoryEvents(),
            screening=UploadScreening(
                definition=self.compiled.spine,
                lake=self.lake,
                tables=DuckdbUploadTables(definition=self.compiled.spine, labels=(LABEL,)),
            ),
            clock=lambda: _START + timedelta(days=self.day, hours=2),
        )

    def _run(self) -> tuple[RunFiles, Judgement]:
        at = _START + timedelta(days=self.day, hours=1)
        run = TrainingRun(
            run_id=f"run-{self.day}",
            model=self.world.name,
            execution_arn="proof",
            started_at=at,
            trigger=Trigger(kind="upload", id="proof", at=at),
            data={self.world.name: self.records.newest(self.world.name) or 0},
            definition_digest="",
            code_digest="",
            champion=self.champion,
        )
        files = RunFiles(self.artifacts, run.folder)
        files.put(RUN, run_document(run))
        files.put(DEFINITION, encode(self.compiled))
        engine = partial(engine_of, memory_mb=_MEMORY_MB, threads=1)
        TrainingSetBuilder(files=files, lake=self.lake, engine_of=engine).build()
        CandidateTask(candidate=_CANDIDATE, files=files, rows=DuckdbRows()).run(lambda _line: None)
        judgement = RunJudge(files=files, versions=self.versions, champion=lambda: self.champion).judge()
        return files, judgement


def empty_house(world: World, seed: int) -> House:
    """The house of a world before its first upload.

    The gate of trusted rows warns and decides nothing, so that one judgement shows what would be released with that
    gate and without it.
    """
    fields = "\n".join(f'{name} = {{ type = "{kind}" }}' for name, kind in world.fields.items())
    inputs = ", ".join(f'"{name}"' for name in world.fields)
    toml = f"""
[dataset.{world.name}]
event_time = "{TIME}"
[dataset.{world.name}.fields]
{TIME} = {{ type = "timestamp" }}
{fields}
{LABEL} = {{ type = "bool" }}
[model.{world.name}]
dataset = "{world.name}"
label = "{LABEL}"
inputs = [{inputs}]
calibration = "none"
[model.{world.name}.gates]
warn = ["trusted_rows"]
[model.{world.name}.training]
seed = {seed}
holdout = 0.5
[model.{world.name}.training.candidates.{_CANDIDATE}]
algorithm = "hist_gradient_boosting"
parameters = {{ max_iter = 40 }}
"""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "world.toml").write_text(toml)
        compiled = compiling.compile_model(compiling.load(Path(folder)), world.name)
    return House(world=world, compiled=compiled, versions=MemoryVersions(model=world.name))


def keeps_what_was_known(judgement: Judgement) -> bool:
    """Whether the gate of trusted rows was passed, or had nothing to judge."""
    chosen = judgement.chosen
    return all(each.passed for each in (chosen.gates if chosen else []) if each.gate == "trusted_rows")
