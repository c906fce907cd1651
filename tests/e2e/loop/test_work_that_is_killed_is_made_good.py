from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

import pytest

from cli.places.executions import start_training
from cli.places.functions import invoke
from keepfit.training.runs.run import TrainingRun
from tests.e2e.loop import world
from tests.e2e.loop.impostors import imitate, winner_of
from tests.e2e.loop.product import MODEL, Product, Traffic


@pytest.fixture
def traffic(released: Product) -> Traffic:
    return Traffic(released, world.january_requests())


def train(product: Product) -> str:
    """An execution that a person asked for, whatever is known already."""
    return start_training(product.deployment, MODEL, why="to see what survives", force=True)


def admitted(product: Product, execution: str) -> TrainingRun:
    return product.watch.until("the admission", lambda: product.run_of(execution))


def training_task(run: TrainingRun) -> tuple[str, int] | None:
    """A candidate of the run that is being trained at this moment, and its process."""
    shown = subprocess.run(
        ["/bin/ps", "axeww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    for line in shown.splitlines():
        words = line.split()
        if f"KEEPFIT_RUN_ID={run.run_id}" in words and "step.py" in words:
            [candidate] = [word.partition("=")[2] for word in words if word.startswith("KEEPFIT_CANDIDATE=")]
            return candidate, int(words[0])
    return None


def kill_training_functions(product: Product) -> None:
    """Ends the processes of the training image as a function of this cloud, whatever they do at this moment."""
    own = f"AWS_CA_BUNDLE={product.deployment.place.ca_bundle}"
    shown = subprocess.run(
        ["/bin/ps", "axeww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    for line in shown.splitlines():
        words = line.split()
        if "KEEPFIT_FUNCTION=train_candidate" in words and own in words:
            with suppress(ProcessLookupError):
                os.kill(int(words[0]), signal.SIGKILL)


def moved_to_fargate(product: Product, run: TrainingRun) -> tuple[str, int] | None:
    """A candidate whose function was killed, and which is trained by a task therefore, and its process."""
    kill_training_functions(product)
    return training_task(run)


def test_a_training_that_is_killed_as_a_function_begins_again_as_a_task_and_killed_there_is_recorded(
    released: Product, traffic: Traffic
) -> None:
    champion = released.champion
    execution = train(released)
    run = admitted(released, execution)
    candidate, pid = released.watch.until("a training task", lambda: moved_to_fargate(released, run))
    os.kill(pid, signal.SIGKILL)
    ended = released.ended(execution, meanwhile=traffic.while_baking)

    assert ended["status"] == "SUCCEEDED"
    shown = released.keepfit("runs", "show", run.run_id)
    assert shown["run"]["outcome"] in ("champion kept", "released")
    assert shown["candidates"][candidate]["error"] == "States.TaskFailed"
    assert "exit code 137" in shown["candidates"][candidate]["cause"]
    [verdict] = [each for each in shown["judgement"]["verdicts"] if each["candidate"] == candidate]
    assert [failure["gate"] for failure in verdict["failed"]] == ["trained"]
    others = [name for name in shown["candidates"] if name != candidate]
    assert others
    assert all("metrics" in shown["candidates"][name] for name in others)
    moved = {
        (each["compute"]["on"], each["compute"]["moved"]) for each in map(shown["candidates"].get, others)
    }
    assert moved <= {("lambda", None), ("fargate", "Runtime.ExitError")}
    assert shown["judgement"]["winner"] != candidate
    if shown["run"]["outcome"] == "champion kept":
        assert released.champion == champion
    assert traffic.failed == []


def try_a_challenger(product: Product, run: TrainingRun) -> None:
    """A canary of ``run``, as it would start one when its training is over."""
    version = product.deployment.versions(MODEL).get(product.champion.version)
    won = product.deployment.runs(MODEL).find(version.run_id)
    assert won is not None
    run_id = imitate(product, won)
    won_by = {"run_id": run_id, "winner": winner_of(product, won)}
    registered = invoke(product.function_behind("Register"), won_by)
    asked = {"run_id": run_id, "version": registered["version"]}
    prepared = invoke(product.function_behind("PrepareRelease"), asked)
    order = {**asked, "run_id": run.run_id, "lambda_version": prepared["lambda_version"]}
    move_alias = product.deployment.model(MODEL)["MoveAliasFunction"]
    invoke(move_alias, {"action": "next", **order})
    tested = {"test": True, **order, "code_sha256": prepared["code_sha256"]}
    invoke(product.function_behind("TestRelease"), tested)
    moved = invoke(move_alias, {"action": "canary", **order})
    assert moved["baking"]
    assert product.watch.canary_is_live()


def test_a_run_that_was_stopped_is_closed_its_canary_ended_and_the_next_trigger_trains(
    released: Product, traffic: Traffic
) -> None:
    champion = released.champion
    stopped = train(released)
    dead = admitted(released, stopped)
    released.watch.until("the training", lambda: moved_to_fargate(released, dead))
    try_a_challenger(released, dead)
    released.client("stepfunctions").stop_execution(executionArn=stopped, cause="somebody pulled the plug")
    assert released.ended(stopped)["status"] == "ABORTED"
    released.watch.until("the end of its canary", lambda: not released.watch.canary_is_live())
    released.watch.until("the end of its tasks", lambda: training_task(dead) is None)
    released.watch.until("its lock", lambda: released.deployment.runs(MODEL).admission().lock_run is None)
    aborted = released.deployment.runs(MODEL).find(dead.run_id)
    assert aborted is not None
    assert (aborted.outcome, aborted.reason) == ("aborted", "its execution ended as ABORTED")
    assert released.champion == champion
    last = released.deployment.ledger(MODEL).entries()[-1]
    assert (last.action, last.run_id, last.why) == ("roll back", dead.run_id, aborted.reason)

    following = train(released)
    run = admitted(released, following)
    assert released.deployment.runs(MODEL).admission().lock_run == run.run_id
    ended = released.ended(following, meanwhile=traffic.while_baking)
    assert ended["status"] == "SUCCEEDED"
    assert released.deployment.runs(MODEL).admission().lock_run is None
    assert traffic.failed == []
