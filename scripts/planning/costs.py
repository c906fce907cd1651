"""Monthly costs of templates: at idle, and of a load that is declared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from planning.prices import HOURS, Prices
from planning.templates import Json, Template

_MILLION: Final = 1_000_000
_GB: Final = 1_000_000_000
_MB_OF_GB: Final = 1024
_UNITS_OF_VCPU: Final = 1024
# Of a training: each candidate's task, and about as many transitions as a run with a canary has.
_TRANSITIONS: Final = 40
_TRANSITIONS_OF_A_CANDIDATE: Final = 3
_TRAINS, _SERVES = "train-candidate", "serve-model"
_METRIC = re.compile(r'\[\\?"keepfit\\?",\\?"(?P<name>\w+)\\?"')


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The traffic of each model in a month.

    Args:
        requests: to the API.
        rows: of a request.
        milliseconds: that a function takes for a request, as it is billed.
        row_bytes: of a row in the prediction log, its answer included.
        trainings: runs that train.
        minutes: that a candidate's task takes.
    """

    requests: int = 0
    rows: int = 1
    milliseconds: float = 2.0
    row_bytes: int = 600
    trainings: int = 0
    minutes: float = 5.0


class ModelSize(msgspec.Struct, frozen=True, kw_only=True):
    """The ``candidates`` of a training, and how many tasks at least serve the model: none where functions do."""

    candidates: int = 1
    tasks: int = 0


Sizes = Mapping[str, ModelSize]
"""By the name of the model."""
_UNKNOWN: Final = ModelSize()


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a bill: ``dollars`` a month for ``quantity`` of a ``unit`` of a service."""

    stack: str
    what: str
    quantity: float
    service: str
    unit: str
    dollars: float


def idle_costs(templates: Sequence[Template], prices: Prices, sizes: Sizes) -> list[Cost]:
    """The costs of a month without a request or a training; of storage, nothing is known before."""
    return [cost for template in templates for cost in _idle(template, prices, sizes) if cost.quantity]


def load_costs(templates: Sequence[Template], prices: Prices, sizes: Sizes, load: Load) -> list[Cost]:
    """The costs of the load of each model beside that."""
    of_models = [template for template in templates if model_of(template)]
    return [
        cost for template in of_models for cost in _loaded(template, prices, sizes, load) if cost.quantity
    ]


def model_of(template: Template) -> str | None:
    """The model that a stack is of; None for other stacks."""
    output = template.document.get("Outputs", {}).get("Model")
    return None if output is None else str(output["Value"])


def _idle(template: Template, prices: Prices, sizes: Sizes) -> Iterator[Cost]:
    def cost(what: str, quantity: float, service: str, unit: str) -> Cost:
        return _cost(template, prices, what, quantity, service, unit)

    yield cost("own metrics", len(own_metrics(template)), "cloudwatch", "metric_month")
    yield cost("alarms", len(template.of("AWS::CloudWatch::Alarm")), "cloudwatch", "alarm_month")
    yield cost("dashboards", len(template.of("AWS::CloudWatch::Dashboard")), "cloudwatch", "dashboard_month")
    balancers = len(template.of("AWS::ElasticLoadBalancingV2::LoadBalancer"))
    yield cost("load balancers", balancers * HOURS, "load_balancer", "hour")
    if task := _task(template, _SERVES):
        hours = _size(template, sizes).tasks * HOURS
        yield cost(
            "tasks that serve: vCPU", hours * int(task["Cpu"]) / _UNITS_OF_VCPU, "fargate", "vcpu_hour"
        )
        yield cost("tasks that serve: memory", hours * int(task["Memory"]) / _MB_OF_GB, "fargate", "gb_hour")
        yield cost("tasks that serve: addresses", hours, "network", "address_hour")
    runs, seconds = _scheduled(template)
    yield cost("runs of the monitor", runs * seconds * _monitor_gb(template), "lambda", "gb_second")


def _loaded(template: Template, prices: Prices, sizes: Sizes, load: Load) -> Iterator[Cost]:
    def cost(what: str, quantity: float, service: str, unit: str) -> Cost:
        return _cost(template, prices, what, quantity, service, unit)

    logged = load.requests * load.rows * load.row_bytes / _GB
    yield cost("requests", load.requests / _MILLION, "http_api", "million_requests")
    if predict := template.functions().get("predict_unreleased"):
        gigabytes = predict["Properties"]["MemorySize"] / _MB_OF_GB
        seconds = load.requests * max(1.0, load.milliseconds) / 1000
        yield cost("answers: invocations", load.requests / _MILLION, "lambda", "million_requests")
        yield cost("answers: time", seconds * gigabytes, "lambda", "gb_second")
    yield cost("prediction log: written", logged, "cloudwatch", "log_gb")
    yield cost("prediction log: delivered", logged, "firehose", "gb")
    yield cost("prediction log: a month of it kept", logged, "s3", "gb_month")
    candidates = _size(template, sizes).candidates
    transitions = load.trainings * (_TRANSITIONS + candidates * _TRANSITIONS_OF_A_CANDIDATE)
    yield cost("trainings: transitions", transitions / 1000, "step_functions", "thousand_transitions")
    if task := _task(template, _TRAINS):
        hours = load.trainings * candidates * load.minutes / 60
        yield cost("trainings: vCPU", hours * int(task["Cpu"]) / _UNITS_OF_VCPU, "fargate", "vcpu_hour")
        yield cost("trainings: memory", hours * int(task["Memory"]) / _MB_OF_GB, "fargate", "gb_hour")


def _cost(template: Template, prices: Prices, what: str, quantity: float, service: str, unit: str) -> Cost:
    return Cost(
        stack=template.name,
        what=what,
        quantity=quantity,
        service=service,
        unit=unit,
        dollars=quantity * prices.of(service, unit),
    )


def own_metrics(template: Template) -> set[str]:
    """The names of keepfit's own metrics that alarms and dashboards of a stack read."""
    alarms = template.properties("AWS::CloudWatch::Alarm")
    of_alarms = {each["MetricName"] for each in alarms if each.get("Namespace") == "keepfit"}
    pages = template.properties("AWS::CloudWatch::Dashboard")
    return of_alarms | {found["name"] for page in pages for found in _METRIC.finditer(json.dumps(page))}


def _size(template: Template, sizes: Sizes) -> ModelSize:
    return sizes.get(model_of(template) or "", _UNKNOWN)


def _task(template: Template, name: str) -> Json | None:
    """The properties of the task definition of a container."""
    families = {each["Family"]: each for each in template.properties("AWS::ECS::TaskDefinition")}
    return families.get(f"{template.name}-{name}")


def _scheduled(template: Template) -> tuple[float, float]:
    """Runs of the monitor a month, and about how many seconds one takes where nothing came."""
    rates = [
        re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", each["ScheduleExpression"])
        for each in template.properties("AWS::Scheduler::Schedule")
    ]
    hours = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
    fastest = min((int(rate[1]) * hours[rate[2]] for rate in rates if rate), default=None)
    return (0.0 if fastest is None else HOURS / fastest), 2.0


def _monitor_gb(template: Template) -> float:
    monitor = template.functions().get("monitor_model")
    return monitor["Properties"]["MemorySize"] / _MB_OF_GB if monitor else 0.0
