"""The step that selects features, from the run's files to a narrower version that is asked as before."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from msgspec import UNSET

from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.registry import MemoryArtifacts, MemoryVersions
from keepfit.application.register_version import Registration
from keepfit.application.select_features import SelectionTask
from keepfit.application.train_candidate import CandidateTask
from keepfit.features.schema.signature import from_json, to_json
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.registry.champion import Champion
from keepfit.serving.inference.scorer import Scorer
from keepfit.training.runs.run import TrainingRun
from keepfit.training.runs.run_files import JUDGEMENT, PROFILE, RUN, SELECTION, RunFiles
from tests.functions import run_documents
from tests.functions.conftest import Load
from tests.functions.small_run import ARTIFACTS, FOLDER, RUN_ID, build
from tests.functions.won_run import WINNER, put_won_run

RUN_JSON = run_documents.admitted_run({"flights": 2})


def selected(artifacts: MemoryArtifacts) -> RunFiles:
    """The run's files after its selection."""
    files = RunFiles(artifacts, FOLDER)
    SelectionTask(files=files, rows=DuckdbRows()).run(lambda _line: None)
    return files


@pytest.mark.usefixtures("training_stack")
def test_the_step_selects_and_says_why(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path, ARTIFACTS)
    ARTIFACTS.put(f"{FOLDER}/{RUN}", RUN_JSON)
    monkeypatch.setenv("KEEPFIT_RUN_ID", RUN_ID)
    monkeypatch.setenv("KEEPFIT_STEP", "select_features")
    assert load("train_candidate/step").main() == 0
    selection = json.loads(ARTIFACTS.get(f"{FOLDER}/{SELECTION}"))
    verdicts = {column["column"]: column["verdict"] for column in selection["columns"]}
    assert verdicts == {"carrier": "helps", "distance": "no help", "temp": "helps", "hour": "helps"}
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "read 1000 training and 300 validation rows"
    assert told[1].startswith("dropped distance, no help: permuted, it costs ")
    assert told[2] == "kept 3 of 4 columns"


@pytest.mark.usefixtures("training_stack")
def test_a_selection_that_fails_keeps_all_columns_and_says_why(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    build(tmp_path, ARTIFACTS)
    ARTIFACTS.put(f"{FOLDER}/{RUN}", b"{}")
    monkeypatch.setenv("KEEPFIT_RUN_ID", RUN_ID)
    monkeypatch.setenv("KEEPFIT_STEP", "select_features")
    assert load("train_candidate/step").main() == 1
    files = RunFiles(ARTIFACTS, FOLDER)
    selection = files.selection()
    assert selection is not None
    assert (selection.refused or "").startswith("the selection failed: ValidationError: ")
    assert [column.name for column in files.signature().model_columns] == [
        "carrier",
        "distance",
        "temp",
        "hour",
    ]


def test_a_version_of_selected_columns_is_asked_with_and_without_the_others() -> None:
    artifacts, versions = MemoryArtifacts(), MemoryVersions(model="delay")
    put_won_run(artifacts)
    files = selected(artifacts)
    CandidateTask(candidate=WINNER, files=files, rows=DuckdbRows()).run(lambda _line: None)
    assert files.find(JUDGEMENT) is not None
    Registration(model="delay", artifacts=artifacts, versions=versions).register(RUN_ID, WINNER)
    folder = "models/delay/000001"
    scorer = Scorer.load(artifacts.get(f"{folder}/model.onnx"), artifacts.get(f"{folder}/signature.json"))
    short = b'{"departure": "2013-01-01T17:00:00Z", "carrier": "B6", "temp": 40}'
    longer = short.replace(b"}", b', "distance": 800}')
    asked = (scorer.decode(b'{"instances": [%s]}' % instance) for instance in (short, longer))
    assert len({tuple(scorer.score(instances).ravel().tolist()) for instances in asked}) == 1
    whole, narrow = (
        ReferenceProfile.from_json(artifacts.get(key))
        for key in (f"{FOLDER}/{PROFILE}", f"{folder}/{PROFILE}")
    )
    assert whole.columns.keys() - narrow.columns.keys() == {"distance"}


@pytest.mark.parametrize("optional", [True, False])
def test_what_clients_of_the_champion_may_leave_out_stays_optional(tmp_path: Path, *, optional: bool) -> None:
    artifacts = MemoryArtifacts()
    build(tmp_path, artifacts)
    run = msgspec.json.decode(RUN_JSON, type=TrainingRun)
    run = msgspec.structs.replace(run, champion=Champion(version=3, lambda_version="4"))
    artifacts.put(f"{FOLDER}/{RUN}", msgspec.json.encode(run))
    signature = from_json(artifacts.get(f"{FOLDER}/signature.json"))
    of_champion = [
        msgspec.structs.replace(column, optional=optional and column.name == "temp")
        for column in signature.columns
    ]
    artifacts.put(
        "models/delay/000003/signature.json",
        to_json(msgspec.structs.replace(signature, columns=of_champion)),
    )
    temp = next(column for column in selected(artifacts).signature().columns if column.name == "temp")
    assert (temp.read, temp.optional) == (UNSET, True if optional else UNSET)
