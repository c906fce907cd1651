"""The function that clients meet: what it answers, and how little it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bundling.closure import closure
from keepfit.explanations.explainer import Explainer, to_bytes
from keepfit.explanations.sampled_shap import DrawnOrders
from keepfit.features.encoding.numbers import numbers_of
from keepfit.runtime import predict
from keepfit.runtime.predict import write
from keepfit.serving.requests.predictor import Predictor
from tests.functions.conftest import ROOT, Load
from tests.unit.serving.access.asking import asked_by
from tests.unit.serving.support.small_model import INSTANCE, SIGNATURE, instances, model, signature

_ASK = """
import json, sys
import handler
event = json.load(sys.stdin)
answers = [handler.handler(event, None) for _ in range(2)]
print(json.dumps({"answers": answers, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, unpacked: the handler and the files of the library that it needs, beside the model."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copy(ROOT / "functions" / "predict" / "handler.py", folder)
    library = ROOT / "layers" / "keepfit" / "python" / "keepfit"
    for name, source in closure(library, "runtime.predict").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / name)
    (folder / "model").mkdir()
    (folder / "model" / "model.onnx").write_bytes(model())
    (folder / "model" / "signature.json").write_bytes(signature())
    (folder / "model" / "release.json").write_text(json.dumps({"model": "flight_delay", "version": 7}))
    columns = {column.name: len(numbers_of(column).numbers) for column in SIGNATURE.model_columns}
    usual = np.zeros((4, sum(columns.values())), dtype="<f4").tobytes()
    way = DrawnOrders(seed=0)
    explainer = Explainer(columns=columns, unit="probability", way=way, background=usual)
    (folder / "model" / "explainer.msgpack").write_bytes(to_bytes(explainer))
    return folder


def ask(
    package: Path, *rows: dict[str, Any], **more: Any
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Two answers to the same request in a fresh process, its modules, and what it wrote to stdout."""
    event = {"body": json.dumps({"instances": rows, **more}), "isBase64Encoded": False}
    site = next(entry for entry in sys.path if entry.endswith("site-packages"))
    done = subprocess.run(
        [sys.executable, "-S", "-c", _ASK],
        input=json.dumps(event),
        env={"PYTHONPATH": os.pathsep.join([str(package), site]), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = json.loads(done.stderr.splitlines()[-1])
    return told["answers"], told["modules"], done.stdout.splitlines()


def test_a_released_package_answers_by_itself(package: Path) -> None:
    answers, _, lines = ask(package, *instances(3))
    body = json.loads(answers[0]["body"])
    assert (answers[0]["statusCode"], body["model"], body["model_version"]) == (200, "flight_delay", 7)
    assert len(lines) == 2
    assert json.loads(lines[0])["prediction_ids"] == body["prediction_ids"]


def test_explaining_is_imported_by_the_first_request_that_asks_for_it(package: Path) -> None:
    answers, modules, _ = ask(package, INSTANCE, explain=True)
    explained = json.loads(answers[0]["body"])["explanation"]
    added = sum(values[0] for values in explained["contributions"].values())
    assert explained["base"] + added == pytest.approx(explained["scores"][0])
    assert explained["scores"] == pytest.approx(json.loads(answers[0]["body"])["probabilities"], abs=1e-6)
    assert "keepfit.explanations.explainer" in modules
    assert "keepfit.explanations.explainer" not in ask(package, INSTANCE)[1]


def test_a_released_package_asks_who_may(package: Path) -> None:
    answer = predict.load(package / "model")
    body = json.dumps({"instances": [INSTANCE]})
    statuses = [
        answer(asked_by(groups, body=body, isBase64Encoded=False))["statusCode"]
        for groups in (
            None,
            "[scope/infer model/flight_delay]",
            "[scope/infer model/x]",
            "[scope/read model/*]",
        )
    ]
    assert statuses == [200, 200, 403, 403]


@pytest.mark.parametrize("explain", [False, True])
def test_answering_imports_nothing_heavy(package: Path, explain: bool) -> None:
    _, modules, _ = ask(package, INSTANCE, explain=explain)
    heavy = {
        "boto3", "botocore", "pandas", "sklearn", "scipy", "pydantic", "aws_lambda_powertools", "duckdb",
        "sqlglot", "skl2onnx", "onnx", "pyarrow", "keepfit.adapters", "keepfit.definitions.model",
    }  # fmt: skip
    assert heavy.isdisjoint(modules)
    assert explain or "hashlib" not in modules, "OpenSSL is a tenth of a cold start"
    assert {"numpy", "onnxruntime", "msgspec", "keepfit.runtime.predict"} <= set(modules)


def test_lines_that_a_pipe_does_not_take_at_once_are_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []

    def take_a_little(_descriptor: int, lines: bytes) -> int:
        taken.append(lines[:7])
        return len(taken[-1])

    monkeypatch.setattr(os, "write", take_a_little)
    write(1, b'{"kind":"prediction"}\n{"kind":"prediction"}\n')
    assert len(taken) == 7
    assert b"".join(taken) == b'{"kind":"prediction"}\n{"kind":"prediction"}\n'


def test_no_two_predictions_have_the_same_id_across_processes(package: Path) -> None:
    ids = [
        identity
        for _ in range(2)
        for answer in ask(package, *instances(5))[0]
        for identity in json.loads(answer["body"])["prediction_ids"]
    ]
    assert len(set(ids)) == len(ids) == 20


def test_before_the_first_release_the_answer_says_so_and_when_to_ask_again(
    load: Load, context: SimpleNamespace
) -> None:
    response = load("predict_unreleased/handler").handler({}, context)
    assert response["statusCode"] == 503
    assert int(response["headers"]["retry-after"]) > 0
    assert json.loads(response["body"])["code"] == "not_released"


def test_the_handler_gives_lambda_what_the_predictor_answers(
    load: Load, context: SimpleNamespace, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Predictor, "answer", lambda _self, event: {"statusCode": 200, "body": event["body"]})
    monkeypatch.setattr(
        "keepfit.runtime.predict.load", lambda folder: lambda event: {"folder": folder.name, **event}
    )
    assert load("predict/handler").handler({"body": "x"}, context) == {"folder": "model", "body": "x"}
