"""The training task, from the run's files to the candidate's."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pytest

from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.application import train_candidate
from keepfit.definitions.compiled_model import decode_model, encode
from keepfit.errors import NotFound, ServiceUnavailable
from keepfit.evaluation.tasks.registry import training_task_of
from keepfit.layout import rows_folder
from keepfit.tasks.spec import BINARY
from keepfit.training.definition import CandidateDefinition
from keepfit.training.recipes.registry import recipe_of
from keepfit.training.search.record import SearchRecord
from keepfit.training.search.round_sizes import planned_rounds
from keepfit.training.search.rounds import RoundResult
from keepfit.training.search_definition import SearchDefinition
from tests.functions.conftest import Load
from tests.functions.small_run import ARTIFACTS, CANDIDATES, FOLDER, RUN_ID, build

Train = Callable[[str], int]
QUICK: dict[str, Any] = {"n_estimators": 10, "early_stopping_rounds": None}

pytestmark = pytest.mark.usefixtures("training_stack")


@pytest.fixture
def train(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Train:
    """Runs the step for one candidate; returns its exit code."""
    build(tmp_path, ARTIFACTS)
    monkeypatch.setenv("KEEPFIT_RUN_ID", RUN_ID)

    def trained(candidate: str) -> int:
        monkeypatch.setenv("KEEPFIT_CANDIDATE", candidate)
        code: int = load("train_candidate/step").main()
        return code

    return trained


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_a_candidate_leaves_its_model_scores_and_report(
    train: Train, candidate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(candidate) == 0
    folder = f"{FOLDER}/candidates/{candidate}"
    scores = np.load(io.BytesIO(ARTIFACTS.get(f"{folder}/scores.npy")))
    report = json.loads(ARTIFACTS.get(f"{folder}/report.json"))
    assert (scores.shape, scores.dtype) == ((500,), np.float64)
    assert report["candidate"] == candidate
    assert (report["rows"], report["validation_rows"], report["validation_folds"]) == (1000, 300, 1)
    assert report["metrics"]["roc_auc"] > 0.7
    assert report["parity"]["max_difference"] < 1e-6
    assert report["parity"]["flipped_labels"] == 0
    assert set(recipe_of(report["algorithm"]).defaults(training_task_of(BINARY), 1000)) < set(
        report["parameters"]
    )
    assert set(report["packages"]) == {"numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx"}
    assert ARTIFACTS.list(f"{folder}/failed") == []
    explanation = json.loads(ARTIFACTS.get(f"{folder}/explanation.json"))
    assert {each["column"] for each in explanation["permutation"]["columns"]} >= {
        "carrier",
        "distance",
        "temp",
    }
    assert explanation["shap"]["residual"] < 1e-5
    # What shows rows lies where rows may expire.
    assert "values" not in json.dumps(explanation)
    examples = ARTIFACTS.get(f"{rows_folder(FOLDER)}/candidates/{candidate}/examples.json")
    assert len(json.loads(examples)["rows"]) == 3
    assert explanation["learning_curve"]["points"][0]["rows"] == 175
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "read 1000 training and 300 validation rows"
    assert len(told) == 6


def test_the_image_as_a_function_trains_what_its_event_names_and_the_report_says_so(
    train: Train, load: Load
) -> None:
    train("logistic")
    folder = f"{FOLDER}/candidates/logistic"
    model = ARTIFACTS.get(f"{folder}/model.onnx")
    event = {"run_id": RUN_ID, "candidate": "logistic", "compute": "lambda"}
    assert load("train_candidate/handler").handler(event, None) == {"done": True}
    assert ARTIFACTS.get(f"{folder}/model.onnx") == model
    report = json.loads(ARTIFACTS.get(f"{folder}/report.json"))
    assert report["compute"] == {"on": "lambda", "moved": None}


def test_a_task_that_follows_a_function_says_what_that_ended_with(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEPFIT_COMPUTE", "fargate")
    monkeypatch.setenv("KEEPFIT_MOVED", "Sandbox.Timedout")
    assert train("logistic") == 0
    report = json.loads(ARTIFACTS.get(f"{FOLDER}/candidates/logistic/report.json"))
    assert report["compute"] == {"on": "fargate", "moved": "Sandbox.Timedout"}


@pytest.mark.parametrize(("error", "is_recorded"), [(MemoryError, False), (ValueError, True)])
def test_too_little_memory_for_a_function_is_no_failure_of_the_candidate(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: type[Exception], *, is_recorded: bool
) -> None:
    build(tmp_path, ARTIFACTS)

    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(train_candidate, "encode_folds", fails)
    event = {"run_id": RUN_ID, "candidate": "logistic", "compute": "lambda"}
    with pytest.raises(error):
        load("train_candidate/handler").handler(event, None)
    assert bool(ARTIFACTS.list(f"{FOLDER}/candidates/logistic/failed")) is is_recorded


_CODE = """
from sklearn.naive_bayes import GaussianNB
from keepfit.training.recipes.preparation import one_hot_and_scaled
def estimator(columns, seed):
    return one_hot_and_scaled(columns, GaussianNB())
"""


def test_own_code_is_kept_with_the_run_and_named_by_its_digest(train: Train) -> None:
    only("mine", CandidateDefinition(algorithm="own_code", code=_CODE))
    assert train("mine") == 0
    kept = ARTIFACTS.get(f"{FOLDER}/candidates/mine/estimator.py")
    report = json.loads(ARTIFACTS.get(f"{FOLDER}/candidates/mine/report.json"))
    assert kept.decode() == _CODE
    assert report["code_sha256"] == hashlib.sha256(kept).hexdigest()
    assert (report["parity"]["flipped_labels"], report["parameters"]) == (0, {"random_state": 0})


def test_a_search_leaves_its_trials_and_trains_the_best_of_them(train: Train) -> None:
    searching(engine="tpe", trials=7)
    assert (train("quick"), train("plain")) == (0, 0)
    folder = f"{FOLDER}/candidates/quick"
    record = msgspec.json.decode(ARTIFACTS.get(f"{folder}/trials.json"), type=SearchRecord)
    report = json.loads(ARTIFACTS.get(f"{folder}/report.json"))
    # What has nothing to search takes no trials from what has.
    assert len(record.trials) == 7
    assert report["search"]["best"] == record.best
    best = record.trials[record.best or 0]
    assert report["parameters"].items() >= {**QUICK, **best.parameters}.items()
    assert report["metrics"]["roc_auc"] == best.value()
    assert json.loads(ARTIFACTS.get(f"{FOLDER}/candidates/plain/report.json"))["search"] is None


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_that_measure_rounds_find_the_winner_of_one_task(
    train: Train, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    folder = f"{FOLDER}/candidates/quick"
    searching(engine="tpe", trials=7)
    train("quick")
    alone, model = trials_of(folder), ARTIFACTS.get(f"{folder}/model.onnx")
    searching(engine="tpe", trials=7, workers=workers)
    monkeypatch.setenv("KEEPFIT_STEP", "measure_trials")
    for number in range(
        1, len(planned_rounds("tpe", 7, 1_000)) + 2
    ):  # there may be more rounds than a search has
        for worker in reversed(range(workers)):
            monkeypatch.setenv("KEEPFIT_SEARCH_ROUND", str(number))
            monkeypatch.setenv("KEEPFIT_SEARCH_WORKER", str(worker))
            assert train("quick") == 0
    monkeypatch.delenv("KEEPFIT_STEP")
    train("quick")
    assert trials_of(folder) == alone
    assert ARTIFACTS.get(f"{folder}/model.onnx") == model


def test_a_worker_that_ends_costs_its_own_trials(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = f"{FOLDER}/candidates/quick"
    searching(engine="tpe", trials=4, workers=2)
    monkeypatch.setenv("KEEPFIT_STEP", "measure_trials")
    monkeypatch.setenv("KEEPFIT_SEARCH_ROUND", "1")
    monkeypatch.setenv("KEEPFIT_SEARCH_WORKER", "0")
    train("quick")
    monkeypatch.delenv("KEEPFIT_STEP")
    train("quick")
    record = msgspec.json.decode(ARTIFACTS.get(f"{folder}/trials.json"), type=SearchRecord)
    assert [trial.outcome for trial in record.trials] == ["measured", "failed", "measured", "failed"]
    assert "its worker ended in round 1" in (record.trials[1].reason or "")
    assert record.best in (0, 2)


@pytest.mark.parametrize(
    ("moved", "times", "outcome"),
    [("Runtime.ExitError", 1, "failed"), ("", 1, "measured"), ("", 2, "failed")],
    ids=["it ended the function", "something ended the task once", "and again"],
)
def test_a_trial_that_ended_its_process_costs_only_itself(
    train: Train, monkeypatch: pytest.MonkeyPatch, moved: str, times: int, outcome: str
) -> None:
    folder = f"{FOLDER}/candidates/quick"
    searching(engine="tpe", trials=4)
    begun = RoundResult(trials=[], seconds=1.0, begun=1, times=times)
    ARTIFACTS.put(f"{folder}/search/01-00.json", msgspec.json.encode(begun))
    monkeypatch.setenv("KEEPFIT_MOVED", moved)
    assert train("quick") == 0
    record = msgspec.json.decode(ARTIFACTS.get(f"{folder}/trials.json"), type=SearchRecord)
    assert [trial.outcome for trial in record.trials] == ["measured", outcome, "measured", "measured"]
    assert ("it ended the process" in (record.trials[1].reason or "")) is (outcome == "failed")


def test_a_search_that_begins_again_measures_what_is_missing_and_has_the_same_winner(train: Train) -> None:
    folder = f"{FOLDER}/candidates/quick"
    searching(engine="tpe", trials=7)
    train("quick")
    whole, model = trials_of(folder), ARTIFACTS.get(f"{folder}/model.onnx")
    part = msgspec.json.decode(ARTIFACTS.get(f"{folder}/search/02-00.json"), type=RoundResult)
    half = msgspec.structs.replace(part, trials=part.trials[:1], begun=part.trials[1].number, times=1)
    ARTIFACTS.put(f"{folder}/search/02-00.json", msgspec.json.encode(half))
    train("quick")
    assert trials_of(folder) == whole
    assert ARTIFACTS.get(f"{folder}/model.onnx") == model


def only(name: str, candidate: CandidateDefinition) -> None:
    """Changes the run's definition to one candidate."""
    compiled = decode_model(ARTIFACTS.get(f"{FOLDER}/definition.json"))
    training = msgspec.structs.replace(compiled.definition.training, candidates={name: candidate})
    definition = msgspec.structs.replace(compiled.definition, training=training)
    ARTIFACTS.put(
        f"{FOLDER}/definition.json", encode(msgspec.structs.replace(compiled, definition=definition))
    )


def searching(**changes: Any) -> None:
    """Changes the run's definition to a search for a quick candidate beside one that has nothing to search."""
    compiled = decode_model(ARTIFACTS.get(f"{FOLDER}/definition.json"))
    quick = CandidateDefinition(algorithm="lightgbm", parameters=QUICK)
    candidates = {"quick": quick, "plain": CandidateDefinition(algorithm="dummy")}
    training = msgspec.structs.replace(
        compiled.definition.training, candidates=candidates, search=SearchDefinition(**changes)
    )
    definition = msgspec.structs.replace(compiled.definition, training=training)
    ARTIFACTS.put(
        f"{FOLDER}/definition.json", encode(msgspec.structs.replace(compiled, definition=definition))
    )


def trials_of(folder: str) -> list[Any]:
    """The trials without the time that they took."""
    record = msgspec.json.decode(ARTIFACTS.get(f"{folder}/trials.json"), type=SearchRecord)
    return [
        record.best,
        *(
            (each.parameters, [(m.share, m.round, m.value) for m in each.measurements])
            for each in record.trials
        ),
    ]


def test_no_label_of_the_holdout_is_read_where_candidates_are_trained(train: Train) -> None:
    train("logistic")
    before = ARTIFACTS.get(f"{FOLDER}/candidates/logistic/report.json")
    key = f"{rows_folder(FOLDER)}/holdout.parquet"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "holdout.parquet"
        ARTIFACTS.get_file(key, path)
        duckdb.sql(f"SELECT * EXCLUDE _label FROM '{path}'").write_parquet(f"{folder}/without.parquet")
        ARTIFACTS.put_file(key, Path(folder) / "without.parquet")
    assert train("logistic") == 0
    after = ARTIFACTS.get(f"{FOLDER}/candidates/logistic/report.json")
    assert without_time(after) == without_time(before)


def without_time(report: bytes) -> dict[str, object]:
    return {**json.loads(report), "fit_seconds": None}


def test_the_same_run_trains_the_same_model_again(train: Train) -> None:
    key = f"{FOLDER}/candidates/boosting/model.onnx"
    train("boosting")
    first = ARTIFACTS.get(key)
    train("boosting")
    assert ARTIFACTS.get(key) == first


def test_a_candidate_that_fails_exits_with_its_error_and_leaves_the_reason(
    train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    model = decode_model(ARTIFACTS.get(f"{FOLDER}/definition.json"))
    model.candidates["forest"].parameters["depth"] = 3
    ARTIFACTS.put(f"{FOLDER}/definition.json", encode(model))
    assert train("forest") == 1
    failed = json.loads(ARTIFACTS.get(f"{FOLDER}/candidates/forest/failed.json"))
    assert failed["error"] == "InvalidDefinition"
    assert "depth" in failed["cause"]
    assert capsys.readouterr().err.splitlines()[-1].startswith("InvalidDefinition: ")
    with pytest.raises(NotFound):
        ARTIFACTS.get(f"{FOLDER}/candidates/forest/report.json")


def test_a_candidate_that_the_definition_does_not_have_is_refused(
    train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("whim") == 1
    assert "'whim' is not one of the candidates boosting, forest, logistic" in capsys.readouterr().err


def test_holdout_rows_are_scored_in_their_order(train: Train) -> None:
    train("boosting")
    labels = [
        msgspec.json.decode(line)["label"]
        for line in ARTIFACTS.get(f"{rows_folder(FOLDER)}/holdout.jsonl").splitlines()
    ]
    scores = np.load(io.BytesIO(ARTIFACTS.get(f"{FOLDER}/candidates/boosting/scores.npy")))
    assert scores[np.array(labels)].mean() > scores[~np.array(labels)].mean() + 0.15


@pytest.mark.parametrize(("failures", "code"), [(2, 0), (3, 1)])
def test_a_task_that_nobody_repeats_repeats_itself_when_a_service_failed(
    train: Train, monkeypatch: pytest.MonkeyPatch, failures: int, code: int
) -> None:
    get, told = S3Artifacts.get_file, iter(range(failures))

    def fails_at_first(store: S3Artifacts, key: str, path: Path) -> None:
        if next(told, None) is not None:
            raise ServiceUnavailable(key)
        get(store, key, path)

    monkeypatch.setattr(S3Artifacts, "get_file", fails_at_first)
    assert train("logistic") == code
    assert bool(ARTIFACTS.list(f"{FOLDER}/candidates/logistic/failed")) == bool(code)
