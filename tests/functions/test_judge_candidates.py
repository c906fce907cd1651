"""Judge, over candidates that were really trained, through the code that serves."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.duckdb.rows import DuckdbRows
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.application.arrays import to_npy
from keepfit.application.train_candidate import CandidateTask
from keepfit.errors import NoCandidate, TamperedArtifact
from keepfit.instants import now
from keepfit.layout import ModelScope, rows_folder
from keepfit.registry.artifact_store import sha256
from keepfit.registry.versions import Manifest, Release, write_manifest
from keepfit.runtime import judge_candidates
from keepfit.training.runs.run_files import RunFiles
from tests.functions import run_documents
from tests.functions.conftest import Load
from tests.functions.small_run import ARTIFACTS, CANDIDATES, FOLDER, RUN_ID, build

pytestmark = pytest.mark.usefixtures("training_stack")

MORNING, EVENING = "2013-01-01T04:00:00Z", "2013-01-01T22:00:00Z"
FLIGHT = {"departure": EVENING, "carrier": "UA", "distance": 500.0, "temp": 50.0}
LOGGED = [("a", FLIGHT), ("b", {**FLIGHT, "distance": -1.0})]

Judge = Callable[[], dict[str, Any]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run whose candidates were trained, once for all tests here."""
    artifacts = MemoryArtifacts()
    build(tmp_path_factory.mktemp("run"), artifacts)
    for candidate in CANDIDATES:
        CandidateTask(
            candidate=candidate,
            files=RunFiles(artifacts, FOLDER),
            rows=DuckdbRows(),
        ).run(print)
    return artifacts.objects


@pytest.fixture
def judge(
    trained: dict[str, bytes], load: Load, context: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> Judge:
    """The function over that run; it returns judgement.json."""
    for key, body in trained.items():
        ARTIFACTS.put(key, body)
    monkeypatch.setattr(client("lambda"), "get_alias", lambda **_: {"FunctionVersion": "1"})
    handler = load("judge_candidates/handler").handler

    def judged() -> dict[str, Any]:
        answer = handler({"run_id": RUN_ID}, context)
        written: dict[str, Any] = json.loads(ARTIFACTS.get(f"{FOLDER}/judgement.json"))
        assert (answer["winner"], answer["reason"]) == (written["winner"], written["reason"])
        return written

    return judged


def release(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, *, split_at: str = "2013-01-01T00:00:00Z"
) -> None:
    """Makes ``files`` version 1 of the model, and Lambda version 2 its release."""
    for name, body in files.items():
        ARTIFACTS.put(ModelScope("delay").version(1) + name, body)
    ARTIFACTS.put("runs/delay/earlier/training_set.json", run_documents.training_set(split_at))
    versions = DynamoVersions(items=ModelItems(table="registry", model="delay"), stack="stack")
    claim = versions.claim("earlier", now())
    versions.register(
        write_manifest(
            ARTIFACTS,
            Manifest(
                model="delay",
                version=1,
                run_id="earlier",
                created_at=claim.claimed_at,
                files={name: sha256(body) for name, body in files.items()},
                data={},
                digests={},
                metrics={},
            ),
        )
    )
    versions.record_release(Release(lambda_version="2", version=1, code_sha256="", published_at=now()))
    monkeypatch.setattr(client("lambda"), "get_alias", lambda **_: {"FunctionVersion": "2"})


def files_of(candidate: str) -> dict[str, bytes]:
    return {
        "model.onnx": ARTIFACTS.get(f"{FOLDER}/candidates/{candidate}/model.onnx"),
        "signature.json": ARTIFACTS.get(f"{FOLDER}/candidates/{candidate}/signature.json"),
    }


def verdict(judgement: dict[str, Any], candidate: str) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {one["candidate"]: one for one in judgement["verdicts"]}
    return found[candidate]


def test_without_a_champion_the_best_candidate_wins(judge: Judge) -> None:
    judgement = judge()
    metrics = {verdict["candidate"]: verdict["validation"] for verdict in judgement["verdicts"]}
    assert list(metrics) == list(CANDIDATES)
    assert judgement["winner"] == max(metrics, key=metrics.__getitem__)
    assert all(verdict["failed"] == [] for verdict in judgement["verdicts"])
    assert judgement["champion"] is None
    assert judgement["rows"] == 500


def test_the_chosen_candidate_is_evaluated_on_slices_and_by_its_cost(judge: Judge) -> None:
    judgement = judge()
    evaluation = RunFiles(ARTIFACTS, FOLDER).evaluation()
    assert evaluation is not None
    assert (evaluation.candidate, evaluation.metric, evaluation.rows) == (judgement["winner"], "roc_auc", 500)
    assert evaluation.worst.examined > 10
    assert evaluation.calibration is not None
    assert evaluation.cost is not None


def test_candidates_are_chosen_by_what_their_reports_measured_and_one_is_asked_on_the_holdout(
    judge: Judge,
) -> None:
    judgement = judge()
    for found in judgement["verdicts"]:
        report = json.loads(ARTIFACTS.get(f"{FOLDER}/candidates/{found['candidate']}/report.json"))
        assert found["validation"] == report["metrics"]["roc_auc"]
        assert (found["metric"] is not None) == (found["candidate"] == judgement["winner"])


def test_judging_again_gives_the_same_judgement(judge: Judge) -> None:
    assert judge() == judge()


def test_the_champion_answers_the_same_holdout(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    release(files_of("logistic"), monkeypatch)
    judgement = judge()
    assert judgement["champion"]["version"] == 1
    assert judgement["champion"]["metric"] == verdict(judgement, "logistic")["metric"]
    assert verdict(judgement, "logistic")["gain"] == 0
    assert verdict(judgement, "logistic")["gain_interval"] == [0, 0]


def test_a_champion_of_fewer_inputs_is_asked_with_those_it_knows(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(files_of("logistic"), monkeypatch)
    rows = [json.loads(line) for line in ARTIFACTS.get(f"{rows_folder(FOLDER)}/holdout.jsonl").splitlines()]
    for row in rows:
        row["instance"]["booked"] = "2012-12-01T00:00:00Z"
    ARTIFACTS.put(f"{rows_folder(FOLDER)}/holdout.jsonl", "\n".join(map(json.dumps, rows)).encode())
    for candidate in CANDIDATES:
        key = f"{FOLDER}/candidates/{candidate}/signature.json"
        signature = json.loads(ARTIFACTS.get(key))
        signature["columns"].append({"name": "booked", "source": "input", "type": "timestamp"})
        ARTIFACTS.put(key, json.dumps(signature).encode())
    judgement = judge()
    assert judgement["champion"]["metric"] == verdict(judgement, "logistic")["metric"]


def test_a_champion_that_asks_for_fields_no_longer_sent_is_not_compared(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_of("logistic")
    signature = json.loads(files["signature.json"])
    signature["columns"][1]["name"] = "airline"
    release({**files, "signature.json": json.dumps(signature).encode()}, monkeypatch)
    judgement = judge()
    assert judgement["winner"] is not None
    assert judgement["champion"]["metric"] is None
    assert "airline" in judgement["champion"]["note"]
    assert "version 1 serves and cannot be compared" in judgement["left_to_person"]


def test_a_champion_that_accepts_null_is_asked_with_null_for_a_field_that_was_dropped(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_of("logistic")
    signature = json.loads(files["signature.json"])
    signature["columns"][3]["name"] = "dewpoint"
    assert signature["columns"][3]["nullable"]
    release({**files, "signature.json": json.dumps(signature).encode()}, monkeypatch)
    champion = judge()["champion"]
    assert champion["rows"] == 500
    assert champion["left_out"] == {}
    assert 0.5 < champion["metric"] < 0.9


def test_rows_that_the_champion_refuses_are_left_out_one_by_one_and_counted(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """temp became nullable since, and distance may be larger."""
    files = files_of("logistic")
    signature = json.loads(files["signature.json"])
    signature["columns"][3]["nullable"] = False
    signature["columns"][2]["max"] = 2000.0
    release({**files, "signature.json": json.dumps(signature).encode()}, monkeypatch)
    sent = [json.loads(line) for line in ARTIFACTS.get(f"{rows_folder(FOLDER)}/holdout.jsonl").splitlines()]
    taken = [
        row for row in sent if row["instance"]["temp"] is not None and row["instance"]["distance"] <= 2000
    ]
    judgement = judge()
    champion = judgement["champion"]
    assert 100 < champion["rows"] == len(taken) < 400
    assert sum(champion["left_out"].values()) == 500 - len(taken)
    assert any("temp" in reason for reason in champion["left_out"])
    assert any("distance" in reason for reason in champion["left_out"])
    assert verdict(judgement, "logistic")["gain"] == 0
    assert judgement["left_to_person"] is None


def test_rows_that_the_champion_could_have_trained_on_compare_nobody(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(files_of("logistic"), monkeypatch, split_at="2013-06-01T00:00:00Z")
    sent = [json.loads(line) for line in ARTIFACTS.get(f"{rows_folder(FOLDER)}/holdout.jsonl").splitlines()]
    known = ["2013-05-31T00:00:00Z", "2013-06-01T00:00:00Z", "2013-06-01T00:00:01Z", "2013-07-01T00:00:00Z"]
    lines = [json.dumps({**row, "known_at": known[n % 4]}) for n, row in enumerate(sent)]
    ARTIFACTS.put(f"{rows_folder(FOLDER)}/holdout.jsonl", "\n".join(lines).encode())
    judgement = judge()
    assert judgement["champion"]["rows"] == 250
    [(reason, rows)] = judgement["champion"]["left_out"].items()
    assert rows == 250
    assert "when the champion was trained" in reason
    assert verdict(judgement, "logistic")["gain"] == 0


def test_rows_that_trained_the_champion_compare_nobody_where_rows_were_drawn(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(files_of("logistic"), monkeypatch, split_at="2013-06-01T00:00:00Z")
    sent = [json.loads(line) for line in ARTIFACTS.get(f"{rows_folder(FOLDER)}/holdout.jsonl").splitlines()]
    lines = [
        json.dumps({**row, "known_at": "2013-05-31T00:00:00Z", "ids": [2**63 + n, n]})
        for n, row in enumerate(sent)
    ]
    ARTIFACTS.put(f"{rows_folder(FOLDER)}/holdout.jsonl", "\n".join(lines).encode())
    trained = np.array([*range(100), *(2**63 + n for n in range(50, 200))], dtype=np.uint64)
    ARTIFACTS.put("runs/delay/rows/earlier/trained_ids.npy", to_npy(trained))
    champion = judge()["champion"]
    assert champion["rows"] == 300
    assert sum(champion["left_out"].values()) == 200


def test_a_champion_of_another_label_is_not_compared(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    files = files_of("logistic")
    signature = {**json.loads(files["signature.json"]), "label": "cancelled"}
    release({**files, "signature.json": json.dumps(signature).encode()}, monkeypatch)
    assert "it predicts cancelled, not late" in judge()["left_to_person"]


def test_a_champion_whose_run_is_gone_is_not_compared(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    release(files_of("logistic"), monkeypatch)
    client("s3").delete_object(Bucket="artifacts", Key="runs/delay/earlier/training_set.json")
    assert "no longer says which rows trained it" in judge()["left_to_person"]


def test_a_champion_whose_files_were_changed_stops_the_judging(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(files_of("logistic"), monkeypatch)
    ARTIFACTS.put(ModelScope("delay").version(1) + "model.onnx", files_of("boosting")["model.onnx"])
    with pytest.raises(TamperedArtifact, match=r"model\.onnx"):
        judge()


def test_serving_that_reads_a_column_otherwise_than_training_is_caught(judge: Judge) -> None:
    for candidate in CANDIDATES:
        key = f"{FOLDER}/candidates/{candidate}/signature.json"
        signature = json.loads(ARTIFACTS.get(key))
        (carrier,) = [column for column in signature["columns"] if column["name"] == "carrier"]
        carrier["vocabulary"] = carrier["vocabulary"][::-1]
        ARTIFACTS.put(key, json.dumps(signature).encode())
    judgement = judge()
    assert judgement["winner"] is None
    assert {v["failed"][0]["gate"] for v in judgement["verdicts"]} == {"serving_parity"}
    assert "otherwise than training" in judgement["reason"]


def test_an_export_that_differs_from_its_estimator_is_refused(judge: Judge) -> None:
    best = judge()["winner"]
    key = f"{FOLDER}/candidates/{best}/report.json"
    report = json.loads(ARTIFACTS.get(key))
    report["parity"] |= {"max_difference": 0.46, "flipped_labels": 954}
    ARTIFACTS.put(key, json.dumps(report).encode())
    judgement = judge()
    assert judgement["winner"] not in (best, None)
    assert [failure["gate"] for failure in verdict(judgement, best)["failed"]] == ["parity"]


def test_a_model_file_that_must_not_be_loaded_is_refused_and_the_others_go_on(judge: Judge) -> None:
    best = judge()["winner"]
    ARTIFACTS.put(f"{FOLDER}/candidates/{best}/model.onnx", b"\x00\x01")
    judgement = judge()
    assert judgement["winner"] not in (best, None)
    (failure,) = verdict(judgement, best)["failed"]
    assert failure["gate"] == "answers"
    assert failure["reason"].startswith("InvalidModel: ")


def test_scores_that_are_pickled_are_not_opened(judge: Judge) -> None:
    body = io.BytesIO()
    np.save(body, np.array([{"an": "object"}], dtype=object), allow_pickle=True)
    best = judge()["winner"]
    ARTIFACTS.put(f"{FOLDER}/candidates/{best}/scores.npy", body.getvalue())
    judgement = judge()
    assert judgement["winner"] not in (best, None)


def test_a_candidate_that_failed_is_judged_with_its_reason(judge: Judge) -> None:
    client("s3").delete_object(Bucket="artifacts", Key=f"{FOLDER}/candidates/forest/report.json")
    ARTIFACTS.put(
        f"{FOLDER}/candidates/forest/failed.json", b'{"error": "MemoryError", "cause": "exit code 137"}'
    )
    judgement = judge()
    assert judgement["winner"] in ("logistic", "boosting")
    assert verdict(judgement, "forest")["failed"] == [
        {"gate": "trained", "reason": "MemoryError: exit code 137"}
    ]


def test_gates_ask_the_candidate_itself_what_reports_cannot_tell(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size, time and tests are those of the model that would serve, in the code that serves it."""
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    monkeypatch.setattr(judge_candidates, "newest_requests", lambda *_log, limit, at: dict(LOGGED[:limit]))
    key = f"{FOLDER}/definition.json"
    definition = json.loads(ARTIFACTS.get(key))
    definition["definition"]["gates"] |= {
        "max_size_mb": 0.00001,
        "max_latency_ms": 1000.0,
        "replay_requests": 3,
        "warn": ["size"],
    }
    definition["definition"]["tests"] = [
        {"name": "later is later", "kind": "direction", "field": "departure", "values": [MORNING, EVENING]},
        {"name": "far trips", "kind": "minimum", "where": "distance > 1000", "min_value": 0.6},
    ]
    definition["filters"] = {"distance > 1000": [">", ["column", "distance", "float"], ["number", 1000.0]]}
    ARTIFACTS.put(key, json.dumps(definition).encode())
    judgement = judge()
    [chosen] = [each for each in judgement["verdicts"] if each["metric"] is not None]
    given = {each["gate"]: each for each in chosen["gates"]}
    assert judgement["winner"] is None
    assert (given["size"].get("severity"), given["size"]["passed"]) == ("warned", False)
    assert given["latency"]["passed"]
    assert given["latency"]["value"] > 0
    assert given["replay"]["details"] == ["prediction b: distance is below the minimum 0"]
    assert "of 2 logged requests it refuses 1" in given["replay"]["reason"]
    assert given["model_tests"]["passed"], given["model_tests"]


def test_when_every_candidate_failed_there_is_none(judge: Judge) -> None:
    for candidate in CANDIDATES:
        client("s3").delete_object(Bucket="artifacts", Key=f"{FOLDER}/candidates/{candidate}/report.json")
    with pytest.raises(NoCandidate, match="left neither a report nor a reason"):
        judge()
