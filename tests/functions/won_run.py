"""A run that was judged: what Register finds. Its candidate is trained once and kept for all tests."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

from keepfit.adapters.duckdb.engine import DuckdbEngine
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.application.train_candidate import CandidateTask
from keepfit.features.schema.signature import from_json
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.registry.artifact_store import ArtifactStore
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
            model="delay",
            run_id=RUN_ID,
            candidate=WINNER,
            artifacts=artifacts,
            engine=DuckdbEngine(memory_mb=256, threads=1),
        ).run(lambda _line: None)
        columns = from_json(artifacts.get(f"{FOLDER}/signature.json")).model_columns
        types = {column.name: column.type for column in columns if column.source != "derived"}
        holdout = DuckdbEngine(memory_mb=256, threads=1).read_columns(folder / "holdout.parquet", list(types))
    artifacts.put(f"{FOLDER}/profile.json", profile_of(holdout, types).to_json())
    documents = {
        "run.json": {"data": {"flights": 2}, "definition_digest": "def1", "code_digest": "c0de"},
        "training_set.json": {"rows": 1000, "holdout_rows": 500},
        "judgement.json": {"winner": WINNER, "verdicts": []},
    }
    for file, document in documents.items():
        artifacts.put(f"{FOLDER}/{file}", json.dumps(document).encode())
    return artifacts.objects
