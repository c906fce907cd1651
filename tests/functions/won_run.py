"""A run that was judged: what Register finds. Its candidate is trained once and kept for all tests."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.application.train_candidate import CandidateTask
from keepfit.features.schema.signature import from_json
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.training.runs.run_files import JUDGEMENT, RUN, TRAINING_SET, RunFiles
from tests.functions import run_documents
from tests.functions.small_run import FOLDER, RUN_ID, build

WINNER = "forest"


def put_won_run(artifacts: ArtifactStore, run_id: str = RUN_ID) -> None:
    """Writes the files of a run that ``forest`` won."""
    for key, body in _files().items():
        artifacts.put(key.replace(RUN_ID, run_id), body)


@cache
def _files() -> dict[str, bytes]:
    artifacts = MemoryArtifacts()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, artifacts)
        CandidateTask(
            candidate=WINNER,
            files=RunFiles(artifacts, FOLDER),
            rows=DuckdbRows(),
        ).run(lambda _line: None)
        columns = from_json(artifacts.get(f"{FOLDER}/signature.json")).model_columns
        types = {column.name: column.type for column in columns if column.source != "derived"}
        holdout = DuckdbRows().columns(folder / "holdout.parquet", list(types))
    artifacts.put(f"{FOLDER}/profile.json", profile_of(holdout, types).to_json())
    files = RunFiles(artifacts, FOLDER)
    files.put(RUN, run_documents.admitted_run({"flights": 2}))
    files.put(TRAINING_SET, run_documents.training_set())
    files.put(JUDGEMENT, run_documents.judgement(WINNER))
    return artifacts.objects
