"""Releases that clients cannot prove: by a replay of what they asked before, and at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.definitions.compiled_model import encode
from keepfit.instants import to_iso
from keepfit.serving.release_definition import ReleaseDefinition
from tests.functions.inference import Inference, prepared_release
from tests.functions.small_run import ARTIFACTS, compiled
from tests.functions.test_release_functions import (
    Invoke,
    answered_live,
    inference,
    invoke,
    ledger,
    promote,
    register,
)
from tests.unit.monitoring.support.logs import line, log_object

__all__ = ["inference", "invoke"]

pytestmark = pytest.mark.usefixtures("training_stack")


@pytest.fixture(autouse=True)
def lake(training_stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPFIT_LAKE_BUCKET", "lake")
    client("s3").create_bucket(Bucket="lake")


def log_requests(*distances: float, version: int = 1, **more: Any) -> None:
    """What clients asked, as log delivery wrote it an hour ago."""
    at = datetime.now(UTC) - timedelta(hours=1)
    lines = [
        line(
            n,
            model="delay",
            version=version,
            at=to_iso(at),
            inputs={"distance": distance, "departure": "2013-03-01T10:00:00.000000Z", **more},
        )
        for n, distance in enumerate(distances)
    ]
    key = f"prediction-log/delay/{at:%Y/%m/%d/%H}/object"
    client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))


def define(run_id: str, folder: Path, **release: Any) -> None:
    """The definition that the run was admitted with has these keys of its release."""
    model = compiled(folder)
    changed = msgspec.structs.replace(model.definition.release, **release)
    definition = msgspec.structs.replace(model.definition, release=changed)
    body = encode(msgspec.structs.replace(model, definition=definition))
    ARTIFACTS.put(f"runs/delay/{run_id}/definition.json", body)


def undecided(invoke: Invoke, folder: Path) -> dict[str, Any]:
    """The event of Replay: a canary that a handful of clients asked until its limit."""
    event = register(invoke, 2)
    define(event["run_id"], folder, minimum_requests=10)
    event = prepared_release(invoke, event)
    invoke("move_alias", action="canary", **event)
    answered_live(event["lambda_version"], requests=3, failures=0)
    began = to_iso(datetime.now(UTC) - ReleaseDefinition().baking_limit.delta)
    found = invoke("evaluate_canary", **event, started_at=began)
    assert (found["verdict"], found["reason"]) == ("replay", "3 of 10 requests in 6h")
    return {**event, "reason": found["reason"]}


def test_a_canary_that_clients_asked_too_little_is_decided_by_what_they_asked_before(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    log_requests(100.0, 700.0, 2000.0)
    event = undecided(invoke, tmp_path)
    found = invoke("replay_requests", **event)
    assert found["verdict"] == "promote"
    assert found["reason"].startswith(
        "decided by replay (3 of 10 requests in 6h): 3 logged requests and 7 rows of the holdout, 0 failed"
    )
    assert inference.alias == ("2", {"3": 0.1})
    invoke("move_alias", **{**event, "action": "promote", "reason": found["reason"]})
    assert inference.alias == ("3", {})
    items = ModelItems(table="registry", model="delay", kind="ledger")
    assert DynamoLedger(items=items, stack="stack").entries()[-1].why == found["reason"]
    report = json.loads(ARTIFACTS.get(f"runs/delay/{event['run_id']}/replay.json"))
    assert (report["champion"], report["challenger"], report["logged"], report["holdout"]) == (1, 2, 3, 7)
    assert report["latency"]["median_ms"] > 0


def test_a_challenger_that_fails_the_replay_is_rolled_back(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = undecided(invoke, tmp_path)

    def fails_as_challenger(handler: Any) -> Any:
        def answer(asked: dict[str, Any]) -> Any:
            response = handler(asked)
            if json.loads(response["body"])["model_version"] == 2:
                raise MemoryError("too much for it")
            return response

        return answer

    inference.wrap = fails_as_challenger
    found = invoke("replay_requests", **event)
    assert found["verdict"] == "roll back"
    assert "10 of 0 logged requests and 10 rows of the holdout failed" in found["reason"]
    assert "too much for it" in found["reason"]


def test_without_a_holdout_and_without_a_log_nothing_is_proven(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = undecided(invoke, tmp_path)
    rows = f"runs/delay/rows/{event['run_id']}/holdout.jsonl"
    client("s3").delete_object(Bucket="artifacts", Key=rows)
    found = invoke("replay_requests", **event)
    assert (found["verdict"], found["requests"]) == ("roll back", 0)


def test_a_replay_changes_nothing_that_a_person_decided_since(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = undecided(invoke, tmp_path)
    invoke("move_alias", action="restore", version=2, who="ada", why="I have seen enough", force=True)
    assert invoke("replay_requests", **event)["verdict"] == "promote"
    invoke("move_alias", action="restore", version=1, who="ada", why="too much")
    found = invoke("replay_requests", **event)
    assert (found["verdict"], found["requests"]) == ("roll back", 0)


def test_a_definition_may_release_at_once(invoke: Invoke, inference: Inference, tmp_path: Path) -> None:
    promote(invoke, 1)
    event = register(invoke, 2)
    define(event["run_id"], tmp_path, strategy="at_once")
    prepared = invoke("prepare_release", **event)
    assert prepared["strategy"] == "at_once"
    released = prepared_release(invoke, event)
    moved = invoke("move_alias", action="release at once", **released)
    assert (moved["baking"], inference.alias) == (False, ("3", {}))
    assert ledger() == [("promote", 1, None), ("release at once", 2, 1)]
    items = ModelItems(table="registry", model="delay", kind="ledger")
    [_, entry] = DynamoLedger(items=items, stack="stack").entries()
    assert entry.why == 'without a canary: release.strategy = "at_once"'
    assert invoke("move_alias", action="restore previous", who="ada", why="")["version"] == 1


def to_be_promoted(invoke: Invoke, folder: Path, **release: Any) -> dict[str, Any]:
    """The event of CompareScores: a canary that answered enough requests, long enough."""
    event = register(invoke, 2)
    define(event["run_id"], folder, **release)
    event = prepared_release(invoke, event)
    invoke("move_alias", action="canary", **event)
    answered_live(event["lambda_version"], requests=200, failures=0)
    began = to_iso(datetime.now(UTC) - timedelta(hours=1))
    verdict = invoke("evaluate_canary", **event, started_at=began)
    assert verdict["verdict"] == "promote"
    return {**event, "compare": True, "started_at": began, "evaluation": verdict}


def log_scores(version: int, score: float, rows: int) -> None:
    at = datetime.now(UTC)
    lines = [
        line(n, model="delay", version=version, prediction_id=f"{version} {n}", outputs=score, at=to_iso(at))
        for n in range(rows)
    ]
    key = f"prediction-log/delay/{at:%Y/%m/%d/%H}/{version}"
    client("s3").put_object(Bucket="lake", Key=key, Body=log_object(*lines))


def test_a_canary_whose_scores_are_like_the_champions_is_promoted(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = to_be_promoted(invoke, tmp_path)
    assert invoke("replay_requests", **event)["reason"] == (
        "0 of 200 requests failed; fewer than 20 of its answers are logged, so scores were not compared"
    )
    log_scores(1, 0.2, 900)
    log_scores(2, 0.2, 200)
    found = invoke("replay_requests", **event)
    assert (found["verdict"], found["requests"]) == ("promote", 200)
    assert found["reason"].endswith("is 0.00 from that of 900 of the champion")
    assert inference.alias == ("2", {"3": 0.1})


def test_a_canary_whose_scores_left_the_champions_is_rolled_back(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = to_be_promoted(invoke, tmp_path)
    log_scores(1, 0.2, 900)
    log_scores(2, 0.8, 200)
    found = invoke("replay_requests", **event)
    assert found["verdict"] == "roll back"
    assert "certainly more than 0.5" in found["reason"]
    define(event["run_id"], tmp_path, max_score_shift=1.0)
    assert invoke("replay_requests", **event)["verdict"] == "promote"
    invoke("move_alias", action="restore", version=1, who="ada", why="too much")
    define(event["run_id"], tmp_path)
    assert invoke("replay_requests", **event) == event["evaluation"]


def test_a_release_that_is_packaged_anew_is_compared_with_nothing(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = to_be_promoted(invoke, tmp_path)
    invoke("move_alias", **{**event, "action": "promote", "reason": "fine"})
    assert inference.alias == ("3", {})
    assert invoke("replay_requests", **event) == event["evaluation"]


def in_shadow(invoke: Invoke, folder: Path, share: float) -> dict[str, Any]:
    """The event of AskCopies: a release that passed its tests two hours ago, and no client has met."""
    event = register(invoke, 2)
    define(event["run_id"], folder, shadow=share)
    event = prepared_release(invoke, event)
    began = to_iso(datetime.now(UTC) - timedelta(hours=2))
    return {**event, "shadow": True, "started_at": began}


def test_in_its_shadow_a_challenger_answers_copies_and_no_client_meets_it(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = in_shadow(invoke, tmp_path, 0.5)
    assert invoke("replay_requests", **event)["reason"] == "in its shadow no client asked anything"
    log_requests(*(100.0 + n for n in range(40)), carrier="UA", temp=50.0)
    found = invoke("replay_requests", **event)
    assert (found["verdict"], 10 < found["requests"] < 30) == ("promote", True)
    assert f"in its shadow: {found['requests']} logged requests and 0 rows of the holdout" in found["reason"]
    report = json.loads(ARTIFACTS.get(f"runs/delay/{event['run_id']}/shadow.json"))
    assert (report["champion"], report["challenger"], report["compared"]) == (1, 2, found["requests"])
    assert inference.alias == ("2", {})


def test_a_challenger_that_decides_otherwise_in_its_shadow_never_meets_a_client(
    invoke: Invoke, inference: Inference, tmp_path: Path
) -> None:
    promote(invoke, 1)
    event = in_shadow(invoke, tmp_path, 1.0)
    log_requests(*(100.0 + n for n in range(40)), carrier="UA", temp=50.0)

    def turned_round(handler: Any) -> Any:
        def answer(asked: dict[str, Any]) -> Any:
            response = handler(asked)
            body = json.loads(response["body"])
            if body["model_version"] == 2:
                body["probabilities"] = [1 - each for each in body["probabilities"]]
            return {**response, "body": json.dumps(body)}

        return answer

    inference.wrap = turned_round
    found = invoke("replay_requests", **event)
    assert (found["verdict"], found["requests"]) == ("roll back", 40)
    assert "100.0% of 40 are decided otherwise, up to 50.0% may" in found["reason"]
