from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.commands import run_requests, train_file, upload
from cli.exits import CommandError
from cli.places import chosen_place as where
from cli.places.deployment import Deployment
from keepfit.layout import ModelScope
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import States
from tests.unit.views.support import history
from tests.unit.views.support.history import MODEL

DEFINED = f"""
[dataset.flights]
event_time = "at"
fields = {{ at = {{ type = "timestamp" }}, late = {{ type = "bool" }}, far = {{ type = "float" }} }}
[model.{MODEL}]
dataset = "flights"
label = "late"
inputs = ["far"]
"""
EXAMPLE = {"dest": "L'Aquila", "far": 3.5}


@pytest.fixture
def brought_up(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The embedded clouds that were brought up, of which each is the deployment."""
    names: list[str] = []

    def bring_up(cloud: Any, _tell: Callable[[str], None]) -> Deployment:
        names.append(cloud.name)
        return deployment

    monkeypatch.setattr(train_file, "bring_up", bring_up)
    return names


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, brought_up: list[str]) -> None:
    for module in (run_requests, train_file, upload):
        monkeypatch.setattr(module, "_POLL_S", 0.0)
    monkeypatch.setattr(train_file, "_TIMEOUT_S", 0.0)
    models = tmp_path / "models"
    models.mkdir()
    (models / "delay.toml").write_text(DEFINED)
    monkeypatch.setenv("KEEPFIT_MODELS", str(models))


@pytest.fixture
def january(tmp_path: Path) -> Path:
    path = tmp_path / "jan.csv"
    path.write_text("a,b\n1,2\n")
    return path


@pytest.fixture
def taken(flights: DatasetStores, january: Path) -> None:
    """The file is data in version 1, whoever uploads it next."""
    history.take_file(flights, hashlib.sha256(january.read_bytes()).hexdigest(), version_id="null")


def _succeeded(states: States) -> None:
    states.ends = [{"status": "SUCCEEDED", "output": "{}"}]


def test_a_file_is_uploaded_and_the_training_that_it_starts_is_followed(
    keepfit: Keepfit, stores: ModelStores, states: States, taken: None, january: Path
) -> None:
    history.put_run(stores, data={"flights": 1}, closed_at=None)
    _succeeded(states)
    answer = keepfit("train", MODEL, str(january), "--wait", "--json")
    assert (answer.json["run_id"], answer.json["upload"]["version"]) == (history.RUN_ID, 1)
    assert states.started == []


def test_a_training_that_has_ended_before_anybody_looked_is_the_one_of_a_file_just_uploaded(
    keepfit: Keepfit, stores: ModelStores, states: States, january: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.put_run(stores, data={"flights": 3})
    taken = {"file": "jan.csv", "outcome": "taken", "version": 3, "rows": 1}
    monkeypatch.setattr(train_file, "take", lambda *_, **__: taken)
    _succeeded(states)
    answer = keepfit("train", MODEL, str(january), "--json")
    assert (answer.json["run_id"], answer.json["outcome"], states.started) == (history.RUN_ID, "released", [])


def test_where_the_upload_starts_nothing_a_training_is_asked_for(
    keepfit: Keepfit, stores: ModelStores, states: States, taken: None, january: Path
) -> None:
    history.put_suppression(stores)
    _succeeded(states)
    keepfit("train", MODEL, str(january), "--why", "new sensors")
    [started] = states.started
    assert started["input"]["detail"]["why"] == "new sensors"


def test_a_file_that_is_data_already_is_not_uploaded_again(
    keepfit: Keepfit, deployment: Deployment, states: States, taken: None, january: Path
) -> None:
    _succeeded(states)
    assert keepfit("train", MODEL, str(january), "--json").json["upload"]["outcome"] == "taken"
    assert "Contents" not in deployment.place.client("s3").list_objects_v2(Bucket="intake")


def test_a_file_that_is_refused_teaches_nothing(
    keepfit: Keepfit, flights: DatasetStores, states: States, january: Path
) -> None:
    history.refuse_file(flights, "3 of 3 rows are bad", version_id="null")
    answer = keepfit("train", MODEL, str(january), "--wait")
    assert answer.exit_code == 4
    assert "3 of 3 rows are bad" in answer.stdout
    document = keepfit("train", MODEL, str(january), "--wait", "--json").json
    assert (document["outcome"], document["admitted"], document["serving"]) == (None, False, None)
    assert "3 of 3 rows are bad" in document["reason"]
    assert states.started == []


def test_a_model_that_serves_is_told_with_a_request_that_a_shell_can_send(
    keepfit: Keepfit, stores: ModelStores, states: States, taken: None, january: Path
) -> None:
    history.two_releases(stores)
    golden = json.dumps([{"instance": EXAMPLE, "output": 0.5}]).encode()
    for version in (1, 2):
        stores.artifacts.put(f"{ModelScope(MODEL).version(version)}golden.json", golden)
    _succeeded(states)
    answer = keepfit("train", MODEL, str(january), "--wait", "--json")
    serving = answer.json["serving"]
    words = shlex.split(serving["curl"])
    assert json.loads(words[words.index("-d") + 1]) == {"instances": [EXAMPLE]}
    assert words[-1] == serving["predict_url"]
    assert serving["curl"] in keepfit("train", MODEL, str(january), "--wait").stdout


@pytest.mark.parametrize(
    ("options", "cloud"), [((), "default"), (("--place", "local:mine"), "mine")], ids=["default", "named"]
)
def test_an_embedded_cloud_is_brought_up_for_it(
    keepfit: Keepfit,
    states: States,
    taken: None,
    january: Path,
    brought_up: list[str],
    options: Any,
    cloud: str,
) -> None:
    _succeeded(states)
    keepfit("train", MODEL, str(january), *options)
    assert brought_up == [cloud]


def test_on_aws_nothing_is_deployed(
    keepfit: Keepfit, states: States, taken: None, january: Path, brought_up: list[str]
) -> None:
    _succeeded(states)
    assert keepfit("train", MODEL, str(january), "--place", "aws").exit_code != 1
    assert brought_up == []


def test_what_is_not_there_is_told_before_anything_is_brought_up(
    keepfit: Keepfit, january: Path, brought_up: list[str]
) -> None:
    answer = keepfit("train", "nope", str(january))
    assert answer.exit_code == 3
    assert "keepfit new nope FILE --label COLUMN" in answer.stderr
    assert keepfit("train", MODEL, str(january.with_name("no.csv"))).exit_code == 3
    assert brought_up == []


def test_without_a_file_a_place_is_needed_as_before(
    keepfit: Keepfit, monkeypatch: pytest.MonkeyPatch, brought_up: list[str]
) -> None:
    def nowhere(*_asked: Any) -> Any:
        raise CommandError("no embedded cloud is up")

    monkeypatch.setattr(where, "find_place", nowhere)
    assert "no embedded cloud is up" in keepfit("train", MODEL).stderr
    assert brought_up == []
