"""A table's model in memory: the library's own code ingests, trains and judges, without a deployment."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.features import MemoryDatasets, MemoryEvents, MemoryIntake, MemoryLake
from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryVersions
from keepfit.application.build_training_set import TrainingSetBuilder
from keepfit.application.engines import engine_of
from keepfit.application.judge_run import RunJudge
from keepfit.application.train_candidate import CandidateTask
from keepfit.definitions.compiled_model import CompiledModel, encode
from keepfit.features.ingest.ingest import Ingest
from keepfit.training.judging.judgement import Judgement
from keepfit.training.runs.admission import run_document
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.run_files import DEFINITION, RUN, RunFiles
from keepfit.training.runs.triggers import Trigger

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_MEMORY_MB = 2048


class NotTaken(Exception):
    """A table that ingest refuses; the message is its reason."""


def judged(compiled: CompiledModel, file: Path) -> Judgement:
    """What a run on the rows of a file comes to. Raises NotTaken where there are none."""
    dataset = compiled.definition.dataset
    intake, lake, records, artifacts = MemoryIntake(), MemoryLake(), MemoryDatasets(), MemoryArtifacts()
    key = f"{dataset}/{file.name}"
    taken = Ingest(
        dataset=dataset,
        definition=compiled.spine,
        intake=intake,
        lake=lake,
        records=records,
        events=MemoryEvents(),
        clock=lambda: _AT,
    ).take(key, intake.put(key, file.read_bytes()))
    version = records.newest(dataset)
    if version is None:
        raise NotTaken(str(taken))
    run = TrainingRun(
        run_id="run",
        model=compiled.name,
        execution_arn="proof",
        started_at=_AT,
        trigger=Trigger(kind="upload", id="proof", at=_AT),
        data={dataset: version},
        definition_digest="",
        code_digest="",
        champion=None,
    )
    files = RunFiles(artifacts, run.folder)
    files.put(RUN, run_document(run))
    files.put(DEFINITION, encode(compiled))
    engine = partial(engine_of, memory_mb=_MEMORY_MB, threads=1)
    built = TrainingSetBuilder(files=files, lake=lake, engine_of=engine).build()
    for candidate in built["candidates"]:
        task = CandidateTask(candidate=candidate["name"], files=files, rows=DuckdbRows())
        try:
            task.run(lambda _line: None)
        except Exception as error:  # noqa: BLE001 -- as in the training image: Judge is to read why
            task.fail(error)
    versions = MemoryVersions(model=compiled.name)
    return RunJudge(files=files, versions=versions, champion=lambda: None).judge()
