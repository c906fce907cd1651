from __future__ import annotations

import json
import re
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Aws

from infra.constructs.amazon_states_language import TASK_NOT_RUN, run_fargate_task
from infra.training.state_machine.training_image import SPOT_ATTEMPTS, ImageStep, run_image_step
from localcloud.overlay.spot import SPOT_REASON
from tests.localcloud.loop import Loop, wait_for


@pytest.fixture(scope="module")
def runs(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Executions of every kind, started together so that they share their waiting time."""
    terminated = tmp_path_factory.mktemp("terminated")
    return {
        "good": loop.train(run="good"),
        "failing": loop.train(run="failing", exit="7"),
        "hungry": loop.train(run="hungry", hog="900"),
        "slow": loop.train(run="slow", sleep="60", timeout=4, term=str(terminated / "slow")),
        "stopped": loop.train(run="stopped", sleep="60", term=str(terminated / "stopped")),
    }


def running_tasks(loop: Loop) -> list[str]:
    arns: list[str] = loop.client("ecs").list_tasks(cluster=loop["Cluster"], desiredStatus="RUNNING")[
        "taskArns"
    ]
    return arns


def test_a_task_runs_from_its_image_with_its_role_and_only_its_packages(
    loop: Loop, runs: dict[str, str]
) -> None:
    ended = loop.ended(runs["good"])
    assert ended["status"] == "SUCCEEDED", ended
    body = loop.client("s3").get_object(Bucket=loop["Bucket"], Key="task/good")["Body"].read().decode()
    assert body.startswith("pandas=False cwd=")
    assert body.endswith("/rootfs/app")


def test_the_result_of_run_task_sync_is_the_task_as_aws_spells_it(loop: Loop, runs: dict[str, str]) -> None:
    result = json.loads(loop.ended(runs["good"])["output"])
    assert {"TaskArn", "ClusterArn", "LastStatus", "StopCode", "Containers"} <= set(result)
    assert (result["LastStatus"], result["StopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert result["Containers"][0]["ExitCode"] == 0


def test_a_task_that_exits_with_an_error_fails_its_state(loop: Loop, runs: dict[str, str]) -> None:
    caught = json.loads(loop.ended(runs["failing"])["output"])["caught"]
    assert caught["Error"] == "States.TaskFailed"
    assert json.loads(caught["Cause"])["Containers"][0]["ExitCode"] == 7


def test_a_task_that_holds_more_memory_than_it_has_is_killed_and_fails(
    loop: Loop, runs: dict[str, str]
) -> None:
    caught = json.loads(loop.ended(runs["hungry"])["output"])["caught"]
    assert json.loads(caught["Cause"])["Containers"][0]["ExitCode"] == 137


def test_a_time_limit_given_by_a_path_ends_the_state_and_the_process(
    loop: Loop, runs: dict[str, str]
) -> None:
    ended = loop.ended(runs["slow"])
    assert json.loads(ended["output"]) == {"timed_out": True}
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() < 20
    terminated = Path(json.loads(ended["input"])["term"])
    wait_for(terminated.exists)


def test_stopping_the_execution_ends_the_process_and_no_catch_sees_it(
    loop: Loop, runs: dict[str, str]
) -> None:
    def lines() -> list[str]:
        return loop.log_messages(loop["TaskLogGroup"])

    terminated = Path(
        json.loads(loop.client("stepfunctions").describe_execution(executionArn=runs["stopped"])["input"])[
            "term"
        ]
    )
    wait_for(lambda: len([line for line in lines() if line == "started"]) >= len(runs))
    loop.client("stepfunctions").stop_execution(executionArn=runs["stopped"])
    assert loop.ended(runs["stopped"])["status"] == "ABORTED"
    wait_for(terminated.exists)
    wait_for(lambda: not running_tasks(loop))
    time.sleep(0.3)
    history = loop.client("stepfunctions").get_execution_history(
        executionArn=runs["stopped"], maxResults=1000
    )
    kinds = [event["type"] for event in history["events"]]
    assert "PassStateEntered" not in kinds
    assert loop.ended(runs["stopped"])["status"] == "ABORTED"


def test_what_a_task_prints_is_in_its_log_group(loop: Loop, runs: dict[str, str]) -> None:
    loop.ended(runs["failing"])
    assert wait_for(lambda: "failing as asked" in loop.log_messages(loop["TaskLogGroup"]))
    assert wait_for(
        lambda: any("OutOfMemoryError" in line for line in loop.log_messages(loop["TaskLogGroup"]))
    )


def test_a_task_whose_image_was_never_built_fails_to_start(loop: Loop) -> None:
    ecs = loop.client("ecs")
    definition: dict[str, Any] = {"name": "main", "image": "nowhere.example/none:1", "essential": True}
    ecs.register_task_definition(
        family="imageless", containerDefinitions=[definition], cpu="256", memory="512"
    )
    arn = ecs.run_task(cluster=loop["Cluster"], taskDefinition="imageless")["tasks"][0]["taskArn"]

    def stopped() -> dict[str, Any] | None:
        task: dict[str, Any] = ecs.describe_tasks(cluster=loop["Cluster"], tasks=[arn])["tasks"][0]
        return task if task["lastStatus"] == "STOPPED" else None

    assert wait_for(stopped)["stopCode"] == "TaskFailedToStart"


def tasks_of(loop: Loop, family: str) -> set[str]:
    """All tasks of a family that have stopped."""
    found = loop.client("ecs").list_tasks(cluster=loop["Cluster"], family=family, desiredStatus="STOPPED")
    return set(found["taskArns"])


RECORDED = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": "Recorded"}


def task_of(loop: Loop, family: str, container: str, **variables: str) -> dict[str, Any]:
    environment = [{"Name": name, "Value": value} for name, value in variables.items()]
    return {
        "Cluster": loop["Cluster"],
        "TaskDefinition": family,
        "LaunchType": "FARGATE",
        "Overrides": {"ContainerOverrides": [{"Name": container, "Environment": environment}]},
    }


def train(loop: Loop, family: str, container: str, **variables: str) -> str:
    """An execution of the very state that trains a candidate, which waits a second between its attempts."""
    parameters = task_of(loop, family, container, **variables)
    state = run_fargate_task("TrainCandidate", parameters, timeout_s=60, catch=[RECORDED])
    state["Retry"] = [{**state["Retry"][0], "MaxAttempts": 2}]
    return started(loop, state)


def started(loop: Loop, state: dict[str, Any]) -> str:
    """An execution of a state, whose attempts follow after a second."""
    states = {"TrainCandidate": state, "Recorded": {"Type": "Pass", "End": True}}
    text = json.dumps({"StartAt": "TrainCandidate", "States": states}).replace(Aws.PARTITION, "aws")
    soon = re.sub(r'"(IntervalSeconds|MaxDelaySeconds)": \d+', r'"\1": 1', text)
    return loop.start(loop.define(f"trains-{uuid.uuid4().hex[:8]}", json.loads(soon)), {})


def test_a_candidate_whose_image_cannot_be_pulled_is_tried_again_and_then_recorded(loop: Loop) -> None:
    definition: dict[str, Any] = {"name": "main", "image": "nowhere.example/none:1", "essential": True}
    loop.client("ecs").register_task_definition(
        family="unpullable", containerDefinitions=[definition], cpu="256", memory="512"
    )
    execution = train(loop, "unpullable", "main")
    caught = json.loads(loop.ended(execution)["output"])["caught"]
    assert caught["Error"] == TASK_NOT_RUN
    assert json.loads(caught["Cause"])["StopCode"] == "TaskFailedToStart"
    assert len(tasks_of(loop, "unpullable")) == 3


def test_a_candidate_that_fails_by_itself_is_recorded_at_once(loop: Loop) -> None:
    ecs, family = loop.client("ecs"), loop["TaskDefinition"].rsplit("/", 1)[-1].rsplit(":", 1)[0]
    definition = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    before = tasks_of(loop, family)
    name = definition["containerDefinitions"][0]["name"]
    execution = train(loop, family, name, EXIT="7")
    caught = json.loads(loop.ended(execution)["output"])["caught"]
    assert caught["Error"] == "States.TaskFailed"
    task = json.loads(caught["Cause"])
    assert task["Containers"][0]["ExitCode"] == 7
    assert tasks_of(loop, family) - before == {task["TaskArn"]}


def test_what_spot_interrupts_is_tried_there_again_and_then_ends_on_demand(loop: Loop) -> None:
    ecs, family = loop.client("ecs"), loop["TaskDefinition"].rsplit("/", 1)[-1].rsplit(":", 1)[0]
    name = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["containerDefinitions"][0][
        "name"
    ]
    on_demand = task_of(loop, family, name, RUN="on-demand")
    waiting = task_of(loop, family, name, RUN="spot", SLEEP="60", TERM_FILE="/dev/null")
    spot = {key: value for key, value in waiting.items() if key != "LaunchType"}
    spot["CapacityProviderStrategy"] = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
    step = ImageStep(task=on_demand, spot=spot, event={}, on="$.on")
    execution = started(loop, run_image_step("TrainCandidate", step, catch=[RECORDED]))
    interrupted: set[str] = set()
    for _ in range(SPOT_ATTEMPTS):
        [arn] = wait_for(lambda: [each for each in running_tasks(loop) if on_spot(loop, each)])
        stopped = ecs.stop_task(cluster=loop["Cluster"], task=arn, reason=SPOT_REASON)["task"]
        assert stopped["stopCode"] == "SpotInterruption"
        interrupted.add(arn)
    ended = loop.ended(execution)
    assert ended["status"] == "SUCCEEDED", ended
    assert "caught" not in json.loads(ended["output"])
    assert len(interrupted) == SPOT_ATTEMPTS
    body = loop.client("s3").get_object(Bucket=loop["Bucket"], Key="task/on-demand")["Body"].read()
    assert body.startswith(b"pandas=False")


def on_spot(loop: Loop, arn: str) -> bool:
    [task] = loop.client("ecs").describe_tasks(cluster=loop["Cluster"], tasks=[arn])["tasks"]
    return task.get("capacityProviderName") == "FARGATE_SPOT"
