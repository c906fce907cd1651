from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.places import chosen_place as where
from cli.places.deployment import Deployment
from keepfit.features.datasets.manifest import Upload
from keepfit.features.datasets.records import Discarded
from keepfit.instants import now, to_iso
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.cli.support.standin import MODEL, Stacks, StandIn
from tests.unit.views.support import history


def test_nothing_has_happened_yet(keepfit: Keepfit, deployment: Deployment) -> None:
    found = keepfit("status", "--json").json
    assert found["place"] == "stand-in"
    [model] = found["models"]
    assert model["model"] == MODEL
    nothing = ("champion", "champion_since", "canary", "last_run", "last_report")
    assert [model[name] for name in nothing] == [None] * 5
    assert model["alarms"] == {"drift": "INSUFFICIENT_DATA", "heartbeat": "INSUFFICIENT_DATA"}
    assert "not released yet" in keepfit("status").stdout


def test_one_look_says_what_serves_trains_and_drifts(
    keepfit: Keepfit, flights: DatasetStores, stores: ModelStores
) -> None:
    history.two_releases(stores)
    history.put_version(stores, 3, lambda_version="4")
    history.start_canary(stores, "4", 0.2)
    history.put_run(stores, closed_at=None, outcome=None, version=None)
    history.put_report(stores)
    history.take_file(flights, "aa", version_id="v")
    found = keepfit("status", "--json").json
    [model], [dataset] = found["models"], found["datasets"]
    assert (model["champion"], model["champion_since"]) == (2, "2013-03-01T12:01:00.000000Z")
    assert model["canary"] == {"version": 3, "weight": 0.2}
    assert (model["last_run"]["run_id"], model["last_run"]["under_way"]) == (history.RUN_ID, True)
    assert (model["last_report"]["worst_drift"], model["last_report"]["drifted"]) == (0.6, ["pressure"])
    assert (dataset["dataset"], dataset["version"], dataset["rows"]) == ("flights", 1, 100)
    assert model["predict_url"] == f"{found['api_url']}/models/delay/predict"


def test_an_upload_that_waits_for_the_cooldown_is_told_until_it_is_over(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.put_run(stores)
    until = now() + timedelta(hours=1)
    history.put_suppression(stores, run_id="over", ask_again_at=until - timedelta(hours=2))
    assert keepfit("status", "--json").json["models"][0]["upload_waits_until"] is None
    history.put_suppression(stores, run_id="waits", ask_again_at=until)
    assert keepfit("status", "--json").json["models"][0]["upload_waits_until"] == to_iso(until)
    assert f"an upload waits until {until:%H:%M} UTC" in " ".join(keepfit("status").stdout.split())


def test_a_version_that_is_left_to_a_person_is_told_with_the_command_that_releases_it(
    keepfit: Keepfit, stores: ModelStores
) -> None:
    history.put_run(stores, outcome="left to a person", version=3)
    told = " ".join(keepfit("status").stdout.split())
    assert "left to a person" in told
    assert f"keepfit release {MODEL} 3" in told


def test_rows_that_the_window_left_out_are_counted(keepfit: Keepfit, stores: ModelStores) -> None:
    run = history.put_run(stores)
    stores.artifacts.put(f"{run.folder}/training_set.json", b'{"left_out": {"older than the window": 1234}}')
    assert "1,234 rows were older than the window" in " ".join(keepfit("status").stdout.split())


def test_the_state_of_an_alarm_is_cloudwatchs(keepfit: Keepfit, deployment: Deployment) -> None:
    cloudwatch = deployment.place.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="keepfit-delay-drift",
        Namespace="keepfit",
        MetricName="worst_drift",
        Statistic="Maximum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="keepfit-delay-drift", StateValue="ALARM", StateReason="drift")
    [model] = keepfit("status", "--json").json["models"]
    assert model["alarms"] == {"drift": "ALARM", "heartbeat": "INSUFFICIENT_DATA"}
    assert "ALARM:" not in keepfit("status").stdout
    decay = {"AlarmName": "keepfit-delay-decay", "MetricName": "decay"}
    cloudwatch.put_metric_alarm(
        **decay,
        Namespace="keepfit",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="keepfit-delay-decay", StateValue="ALARM", StateReason="decay")
    assert keepfit("status", "--json").json["models"][0]["alarms"]["decay"] == "ALARM"
    assert "decay" in keepfit("status").stdout


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("KEEPFIT_MODELS", str(folder))
    return folder


def test_a_stack_whose_definition_is_there_is_not_told(
    keepfit: Keepfit, flights: DatasetStores, models: Path
) -> None:
    defined = f'[model.{MODEL}]\ndataset = "flights"\nlabel = "late"\ninputs = ["carrier"]\n'
    (models / "delay.toml").write_text(defined)
    assert keepfit("status", "--json").json["undefined_stacks"] == []
    assert "keepfit-delay" not in keepfit("status").stderr


@pytest.mark.parametrize(
    ("named", "remedy"),
    [
        ("aws", "aws cloudformation delete-stack --stack-name keepfit-delay"),
        ("local:demo", "keepfit local reset --name demo, which forgets everything"),
    ],
)
def test_a_stack_whose_definition_was_deleted_is_told_with_what_to_do(
    keepfit: Keepfit,
    deployment: Deployment,
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    remedy: str,
) -> None:
    assert isinstance(deployment.place, StandIn)
    there = replace(deployment.place, name=named)
    monkeypatch.setattr(where, "find_place", lambda *_asked: there)
    found = keepfit("status", "--json").json
    assert found["undefined_stacks"] == [{"model": MODEL, "stack": "keepfit-delay"}]
    told = keepfit("status").stderr
    assert "keepfit-delay serves the model delay, which no file in models/ defines" in told
    assert remedy in told


def test_layers_that_no_stack_uses_any_more_are_told_with_what_to_do(
    keepfit: Keepfit, stacks: Stacks, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks.stacks |= {"keepfit-layers-0ld": {}, "keepfit-layers-used": {}, "keepfit-layers-new": {}}
    stacks.stacks["keepfit-platform"]["LayersStack"] = "keepfit-layers-new"
    stacks.stacks["keepfit-delay"]["LayersStack"] = "keepfit-layers-used"
    assert isinstance(deployment.place, StandIn)
    monkeypatch.setattr(where, "find_place", lambda *_asked: replace(deployment.place, name="aws"))
    assert keepfit("status", "--json").json["unused_layers"] == ["keepfit-layers-0ld"]
    told = keepfit("status").stderr
    assert "aws cloudformation delete-stack --stack-name keepfit-layers-0ld" in told
    assert "keepfit-layers-used" not in told


def test_a_status_is_told_although_the_definitions_cannot_be_read(
    keepfit: Keepfit, deployment: Deployment, models: Path
) -> None:
    (models / "delay.toml").write_text("[model")
    answer = keepfit("status", "--json")
    assert (answer.exit_code, answer.json["undefined_stacks"]) == (0, None)
    assert "is not known: " in keepfit("status").stderr


class Account:
    """Lambda's client, of which the account's limits are known or kept secret."""

    def __init__(self, lambda_client: Any, *, used: float | None) -> None:
        self._client, self._used = lambda_client, used

    def get_account_settings(self) -> dict[str, Any]:
        if self._used is None:
            denied = {"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}
            raise ClientError(denied, "GetAccountSettings")
        limit = 75 * 2**30
        return {
            "AccountLimit": {"TotalCodeSize": limit},
            "AccountUsage": {"TotalCodeSize": int(self._used * limit)},
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize(
    ("used", "nearly_full", "says"),
    [
        (0.5, False, "Lambda keeps 37.5 GB of code in this region, of 75 GB."),
        (0.8, False, "Lambda keeps 60.0 GB of code in this region, of 75 GB."),
        (0.81, True, "of 75 GB; at the limit nothing is released or deployed any more"),
    ],
)
def test_on_aws_the_code_storage_of_lambda_is_told_and_warned_of(
    keepfit: Keepfit,
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    used: float,
    nearly_full: bool,
    says: str,
) -> None:
    on_aws(deployment, monkeypatch, used)
    assert keepfit("status", "--json").json["code_storage"]["nearly_full"] is nearly_full
    assert says in " ".join(keepfit("status").stderr.split())


def test_whoever_may_not_see_the_accounts_limits_sees_the_rest(
    keepfit: Keepfit, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_aws(deployment, monkeypatch, None)
    answer = keepfit("status")
    assert answer.exit_code == 0
    assert "not known" in answer.stderr
    assert "AccessDeniedException" in answer.stderr


def test_an_embedded_cloud_has_no_limit_of_code(keepfit: Keepfit, deployment: Deployment) -> None:
    assert keepfit("status", "--json").json["code_storage"] is None


def on_aws(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, used: float | None) -> None:
    place = deployment.place
    assert isinstance(place, StandIn)
    account = Account(place.client("lambda"), used=used)
    there = replace(place, name="aws", fakes={**place.fakes, "lambda": account})
    monkeypatch.setattr(where, "find_place", lambda *_asked: there)


def test_an_upload_that_waits_for_a_person_is_told_until_somebody_decided(
    keepfit: Keepfit, flights: DatasetStores
) -> None:
    history.refuse_file(flights, "unreadable", version_id="v", key="flights/bad.csv")
    assert keepfit("status", "--json").json["held_uploads"] == []
    history.refuse_file(flights, "labels stand out", version_id="w", key="flights/feb.csv", held=True)
    [held] = keepfit("status", "--json").json["held_uploads"]
    assert (held["dataset"], held["key"], held["reason"]) == (
        "flights",
        "flights/feb.csv",
        "labels stand out",
    )
    told = " ".join(keepfit("status").stderr.split())
    assert "flights: flights/feb.csv waits for a person since 2013-03-01" in told
    assert "keepfit quarantine release flights flights/feb.csv" in told
    upload = Upload(bucket="intake", key="flights/feb.csv", version_id="w")
    decision = Discarded(who="ada", why="a test file", at="2013-01-02T00:00:00.000000Z")
    flights.records.discard("flights", upload, history.AT, decision)
    assert keepfit("status", "--json").json["held_uploads"] == []
