from __future__ import annotations

from typing import Any

import pytest

from planning.costs import Cost, Load, ModelSize, idle_costs, load_costs, own_metrics
from planning.prices import HOURS, list_prices
from planning.templates import Json, Template

PRICES = list_prices()
NAME = "keepfit-delay"


def model(**resources: Json) -> Template:
    return Template(NAME, {"Resources": resources, "Outputs": {"Model": {"Value": "delay"}}})


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties}


def function(name: str, memory: int) -> Json:
    variables = {"KEEPFIT_FUNCTION": name}
    return resource("AWS::Lambda::Function", MemorySize=memory, Environment={"Variables": variables})


def task(name: str, cpu: int, memory: int) -> Json:
    return resource("AWS::ECS::TaskDefinition", Family=f"{NAME}-{name}", Cpu=str(cpu), Memory=str(memory))


def dollars(costs: list[Cost]) -> dict[str, float]:
    return {cost.what: pytest.approx(cost.dollars) for cost in costs}


def test_metrics_are_those_of_alarms_and_dashboards_once_each() -> None:
    alarm = resource("AWS::CloudWatch::Alarm", Namespace="keepfit", MetricName="worst_drift")
    other = resource("AWS::CloudWatch::Alarm", Namespace="AWS/SQS", MetricName="Messages")
    body = {"Fn::Join": ["", ['[["keepfit","worst_drift"],["keepfit","drifted_inputs","Model"]]']]}
    page = resource("AWS::CloudWatch::Dashboard", DashboardBody=body)
    template = model(A=alarm, B=other, Page=page)
    assert own_metrics(template) == {"worst_drift", "drifted_inputs"}
    assert dollars(idle_costs([template], PRICES, {})) == {
        "own metrics": 2 * 0.30,
        "alarms": 2 * 0.10,
        "dashboards": 3.0,
    }


def test_a_monitor_runs_as_often_as_its_schedule_says() -> None:
    schedule = resource("AWS::Scheduler::Schedule", ScheduleExpression="rate(2 hours)")
    (cost,) = idle_costs([model(S=schedule, M=function("monitor_model", 2048))], PRICES, {})
    assert cost.quantity == pytest.approx(HOURS / 2 * 2 * 2)


def test_tasks_that_serve_cost_while_nothing_is_asked_and_those_that_train_do_not() -> None:
    template = model(Serve=task("serve-model", 256, 512), Train=task("train-candidate", 1024, 4096))
    found = idle_costs([template], PRICES, {"delay": ModelSize(tasks=2)})
    assert dollars(found) == {
        "tasks that serve: vCPU": 2 * HOURS * 0.25 * 0.04048,
        "tasks that serve: memory": 2 * HOURS * 0.5 * 0.004445,
        "tasks that serve: addresses": 2 * HOURS * 0.005,
    }


def test_a_load_costs_requests_time_log_and_trainings() -> None:
    template = model(F=function("predict_unreleased", 1024), Train=task("train-candidate", 1024, 4096))
    load = Load(requests=2_000_000, rows=10, milliseconds=5, row_bytes=500, trainings=6, minutes=10)
    sizes = {"delay": ModelSize(candidates=2)}
    assert dollars(load_costs([template], PRICES, sizes, load)) == {
        "requests": 2.0,
        "answers: invocations": 0.4,
        "answers: time": 10_000 * 0.0000166667,
        "prediction log: written": 10 * 0.50,
        "prediction log: delivered": 10 * 0.029,
        "prediction log: a month of it kept": 10 * 0.023,
        "trainings: transitions": 6 * (40 + 2 * 3) / 1000 * 0.025,
        "trainings: vCPU": 2 * 0.04048,
        "trainings: memory": 2 * 4 * 0.004445,
    }


def test_a_request_is_billed_a_millisecond_at_least() -> None:
    template = model(F=function("predict_unreleased", 1024))
    costs = load_costs([template], PRICES, {}, Load(requests=1_000_000, milliseconds=0.2))
    assert dollars(costs)["answers: time"] == 1000 * 0.0000166667


def test_no_load_costs_nothing_and_the_platform_has_none() -> None:
    assert load_costs([model(F=function("predict_unreleased", 1024))], PRICES, {}, Load()) == []
    assert load_costs([Template("keepfit-platform", {"Resources": {}})], PRICES, {}, Load(requests=9)) == []


def test_every_price_has_a_source_and_all_have_a_date() -> None:
    assert PRICES.services.keys() == PRICES.sources.keys()
    assert all(source.startswith("https://aws.amazon.com/") for source in PRICES.sources.values())
    assert PRICES.date.count("-") == 2
