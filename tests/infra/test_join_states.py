"""Features are joined on Spark between the plan and the training set, by who may do nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aws_cdk import App, Stack

from infra.settings import FEATURE_FLAGS
from infra.training.spark_application import RELEASE, SparkApplication
from infra.training.state_machine.join_states import JoinStep, join_states
from infra.training.state_machine.training_states import admission_states
from planning.templates import Json


@pytest.fixture(scope="module")
def states() -> Json:
    function: Any = SimpleNamespace(function_arn="arn:aws:lambda:::function:f")
    step = JoinStep(application_id="00a", role="arn:aws:iam:::role/r", script="s3://assets/job.py")
    return join_states(function, step, next_state="BuildTrainingSet")


def test_spark_joins_where_the_plan_says_so_alone(states: Json) -> None:
    assert states["PlanJoin"]["Parameters"]["step"] == "plan_join"
    assert states["PlanJoin"]["Next"] == "JoinedOnSpark?"
    [rule] = states["JoinedOnSpark?"]["Choices"]
    assert rule == {"Variable": "$.join.engine", "StringEquals": "spark", "Next": "JoinFeatures"}
    assert states["JoinedOnSpark?"]["Default"] == states["JoinFeatures"]["Next"] == "BuildTrainingSet"


def test_a_job_gets_the_document_and_has_two_hours(states: Json) -> None:
    job = states["JoinFeatures"]
    assert job["Resource"].endswith(":states:::emr-serverless:startJobRun.sync")
    submit = job["Parameters"]["JobDriver"]["SparkSubmit"]
    assert submit == {
        "EntryPoint": "s3://assets/job.py",
        "EntryPointArguments.$": "States.Array($.join.job)",
    }
    assert job["TimeoutSeconds"] > 60 * job["Parameters"]["ExecutionTimeoutMinutes"]


def test_a_job_that_fails_abandons_the_run_and_capacity_is_asked_for_again(states: Json) -> None:
    for name in ("PlanJoin", "JoinFeatures"):
        [caught] = states[name]["Catch"]
        assert (caught["ErrorEquals"], caught["Next"]) == (["States.ALL"], "Abandon")
    [retried] = states["JoinFeatures"]["Retry"]
    assert "EMRServerless.ThrottlingException" in retried["ErrorEquals"]
    assert "States.TaskFailed" not in retried["ErrorEquals"]


def test_a_run_begins_with_the_plan(states: Json) -> None:
    functions: Any = SimpleNamespace(
        admit=SimpleNamespace(function_arn="a"), close=SimpleNamespace(function_arn="c")
    )
    assert admission_states(functions, first="PlanJoin")["Admitted?"]["Default"] == "PlanJoin"
    assert admission_states(functions)["Admitted?"]["Default"] == "BuildTrainingSet"


def test_an_application_costs_nothing_while_no_job_runs() -> None:
    stack = Stack(App(context=FEATURE_FLAGS), "keepfit-platform")
    application: Any = SparkApplication(stack, "Spark").node.find_child("Application")
    assert application.initial_capacity is None
    assert (application.auto_stop_configuration.enabled, application.release_label) == (True, RELEASE)
    assert application.maximum_capacity.cpu == "100 vCPU"
