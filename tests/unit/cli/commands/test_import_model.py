from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from cli.commands import run_requests
from cli.places.deployment import Deployment
from keepfit.layout import ModelScope
from keepfit.training.recipes.sklearn_onnx import to_onnx
from keepfit.training.runs.triggers import read_trigger
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import States


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_requests, "_POLL_S", 0.0)
    monkeypatch.setattr(run_requests, "_ADMISSION_TIMEOUT_S", 0.0)


def test_a_file_is_put_beside_the_runs_and_asked_for_by_its_digest(
    keepfit: Keepfit, deployment: Deployment, states: States, tmp_path: Path
) -> None:
    body = to_onnx(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), columns=1)
    (tmp_path / "model.onnx").write_bytes(body)
    keepfit("import", "delay", str(tmp_path / "model.onnx"), "--why", "made elsewhere")
    [started] = states.started
    trigger, digest = read_trigger(started["input"]), hashlib.sha256(body).hexdigest()
    assert trigger.imported == digest
    assert (trigger.detail["file"], trigger.detail["why"]) == ("model.onnx", "made elsewhere")
    assert deployment.artifacts.get(ModelScope("delay").imported(digest)) == body


def test_what_may_not_be_loaded_is_refused_before_anything_is_sent(
    keepfit: Keepfit, deployment: Deployment, states: States, tmp_path: Path
) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    answer = keepfit("import", "delay", str(tmp_path / "model.onnx"))
    assert answer.exit_code == 4
    assert "this ONNX file must not be loaded" in answer.stderr
    assert keepfit("import", "delay", str(tmp_path / "none.onnx")).exit_code == 3
    assert (states.started, deployment.artifacts.list("runs/delay/imported/")) == ([], [])
