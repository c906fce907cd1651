"""Runs on a tracking server: once, whole, and with a reason where they cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from keepfit.adapters.mlflow.tracking_server import MlflowTrackingServer
from keepfit.application.tracking import TrackedRun
from keepfit.errors import NotFound, ServiceUnavailable
from tests.unit.adapters.mlflow.support import FakeTrackingServer

AT = datetime(2026, 1, 1, tzinfo=UTC)
CANDIDATE = TrackedRun(
    name="boosting",
    started_at=AT,
    ended_at=AT,
    parameters={"n_estimators": "60"},
    metrics={f"metric {n}": float(n) for n in range(150)},
    files={"report.json": b"{}"},
)
RUN = TrackedRun(
    name="run-1",
    started_at=AT,
    ended_at=AT,
    metrics={"roc_auc@1": 0.7},
    tags={"keepfit.outcome": "released"},
    children=[CANDIDATE, msgspec.structs.replace(CANDIDATE, name="forest", failed=True)],
)


@pytest.fixture
def server() -> Iterator[FakeTrackingServer]:
    with FakeTrackingServer().running() as running:
        yield running


def test_a_run_is_kept_with_its_candidates_below_it(server: FakeTrackingServer) -> None:
    MlflowTrackingServer(uri=server.url).keep(RUN, experiment="ride delay")
    run, boosting, forest = (server.named(name) for name in ("run-1", "boosting", "forest"))
    assert list(server.experiments) == ["ride delay"]
    assert run["metrics"] == {"roc_auc_1": 0.7}
    assert (boosting["params"], len(boosting["metrics"])) == ({"n_estimators": "60"}, 150)
    assert boosting["tags"]["mlflow.parentRunId"] == "r0"
    assert [each["status"] for each in (run, boosting, forest)] == ["FINISHED", "FINISHED", "FAILED"]
    assert server.files["1/r1/artifacts/report.json"] == b"{}"


def test_a_run_is_kept_once_and_what_an_attempt_left_half_done_is_made_anew(
    server: FakeTrackingServer,
) -> None:
    tracking = MlflowTrackingServer(uri=server.url)
    server.failing = "runs/update"
    with pytest.raises(ServiceUnavailable, match="answered 500"):
        tracking.keep(RUN, experiment="delay")
    server.failing = ""
    for _ in range(2):
        tracking.keep(RUN, experiment="delay")
    assert [run["name"] for run in server.runs.values()] == ["run-1", "boosting", "forest"]
    assert {run["tags"]["keepfit.run"] for run in server.runs.values()} == {"run-1"}
    assert server.named("run-1")["status"] == "FINISHED"


def test_a_user_in_the_address_is_sent_as_authorization_and_named_nowhere(
    server: FakeTrackingServer,
) -> None:
    uri = server.url.replace("http://", "http://me:secret@")
    server.failing = "experiments/create"
    with pytest.raises(ServiceUnavailable) as refused:
        MlflowTrackingServer(uri=uri).keep(RUN, experiment="delay")
    assert server.authorization == {"Basic bWU6c2VjcmV0"}
    assert "secret" not in str(refused.value)


def test_what_is_no_tracking_server_is_told_apart_from_one_that_is_down(server: FakeTrackingServer) -> None:
    server.failing = "runs/search"
    with pytest.raises(NotFound):
        MlflowTrackingServer(uri=f"{server.url}/api/2.0/mlflow-artifacts/artifacts/x?").keep(
            RUN, experiment="delay"
        )
    with pytest.raises(ServiceUnavailable, match="cannot be reached"):
        MlflowTrackingServer(uri="http://127.0.0.1:1").keep(RUN, experiment="delay")


def test_a_server_that_takes_too_long_is_given_up(server: FakeTrackingServer) -> None:
    clock = iter([0.0, 1.0, 2.0, 50.0])
    with pytest.raises(ServiceUnavailable, match="took longer than 40 s"):
        MlflowTrackingServer(uri=server.url, timer=lambda: next(clock)).keep(RUN, experiment="delay")
