"""The function that predicts for one model, its aliases, its routes and its prediction log."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import Access, lookup_items, update_items
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import picture_layers
from infra.model_context import ModelContext
from infra.platform_exports import online_table
from infra.serving.container_routes import add_container_routes
from infra.serving.predict_route import add_next_route, add_predict_route
from infra.serving.prediction_log import PredictionLog
from infra.serving.serving_container import ServingContainer
from keepfit import variables
from keepfit.definitions.compiled_model import CompiledModel, sent_fields
from keepfit.layout import ViewScope
from keepfit.serving.access.quota_meter import CLIENTS, model_accounts
from keepfit.serving.container_definition import CONTAINER

LIVE_ALIAS, NEXT_ALIAS = "live", "next"
# What is plotted, as each service calls it.
_OF_FUNCTIONS = {"Requests": "Invocations", "Failed requests": "Errors", "Duration": "Duration"}
_OF_TARGETS = {
    "Requests": "RequestCount",
    "Failed requests": "HTTPCode_Target_5XX_Count",
    "Duration": "TargetResponseTime",
}
_LATENCY = "p95"


class PredictFunction(Construct):
    """``function`` with its alias ``live``, which answers ``POST /models/<model>/predict``.

    Its alias ``next`` points to a release while it is tested; only the function that tests may ask it.

    The template only ever names version 1, which answers that nothing is released yet. Neither the version nor an
    alias has a property that a later deployment could change, so only a release moves the aliases.

    Where containers serve the model, they are asked instead, and the function answers who asks for a version.

    It may count what clients with quotas send, read nothing but, with lookups, the entities of its model's own views,
    and ask nothing but the functions that nodes of its graph name.
    """

    def __init__(self, scope: Construct, construct_id: str, *, context: ModelContext) -> None:
        super().__init__(scope, construct_id)
        views = context.model.graph.views if context.model.graph else context.model.definition.lookup or []
        table = online_table(self) if views else None
        predict = HandlerFunction(
            self,
            "Predict",
            props=FunctionProps(
                name="predict_unreleased",
                layers=("inference", *picture_layers(sent_fields(context.model), runtime=True)),
                timeout_s=15,
                memory_mb=1024,
                keep=context.model.definition.keep,
            ),
            layers=context.layers,
            environment={
                variables.MODEL: context.model.name,
                "OMP_NUM_THREADS": "1",
                **_online(table),
                **_metering(context),
            },
            access=[
                update_items(
                    context.platform.quotas, f"{CLIENTS}*", f"{model_accounts(context.model.name)}*"
                ),
                *([lookup_items(table, *(f"{ViewScope(view).items}*" for view in views))] if table else []),
                *own_functions(context.model),
            ],
        )
        self.function = predict.function
        unreleased = lambda_.Version(self, "Unreleased", lambda_=predict.function)
        self.live = lambda_.Alias(self, "Live", alias_name=LIVE_ALIAS, version=unreleased)
        self.next = lambda_.Alias(self, "Next", alias_name=NEXT_ALIAS, version=unreleased)
        self.container = self._container(context, predict)
        if self.container is None:
            self.route = add_predict_route(self, context=context, alias=self.live)
            add_next_route(self, context=context, alias=self.next)
        else:
            self.route = add_container_routes(self, context=context)
        PredictionLog(self, "PredictionLog", context=context, source=predict.logs)

    @property
    def environment(self) -> dict[str, str]:
        """Variables of functions that name what serves the model."""
        of_container = {variables.CONTAINER: self.container.resources} if self.container else {}
        return {variables.PREDICT_FUNCTION: self.function.function_name, **of_container}

    def failures(self, period: Duration) -> dict[str, cloudwatch.Metric]:
        """The requests that failed inside, by what is added to the name of an alarm."""
        if self.container:
            return dict(self.container.metrics(_OF_TARGETS["Failed requests"], "Sum", period))
        return {"": self.function.metric_errors(period=period, statistic="Sum")}

    def latencies(self, period: Duration) -> dict[str, cloudwatch.Metric]:
        """How long 95 % of the requests take at most, by what is added to the name of an alarm."""
        if self.container:
            return dict(self.container.metrics(_OF_TARGETS["Duration"], _LATENCY, period))
        return {"": self._of_live(_OF_FUNCTIONS["Duration"], _LATENCY, period)}

    @property
    def units_per_ms(self) -> float:
        """What a millisecond is in the unit of ``latencies``: functions count them, load balancers seconds."""
        return 0.001 if self.container else 1.0

    def request_metrics(self, period: Duration) -> dict[str, list[cloudwatch.Metric]]:
        """What clients asked, by the title of a plot."""
        wanted = {"Requests": ["Sum"], "Failed requests": ["Sum"], "Duration": ["p50", "p99"]}
        return {
            title: [metric for statistic in statistics for metric in self._metrics(title, statistic, period)]
            for title, statistics in wanted.items()
        }

    def _metrics(self, title: str, statistic: str, period: Duration) -> list[cloudwatch.Metric]:
        if self.container:
            found = self.container.metrics(_OF_TARGETS[title], statistic, period)
            return [metric.with_(label=f"{slot} {title} {statistic}") for slot, metric in found.items()]
        name = _OF_FUNCTIONS[title]
        return [self._of_live(name, statistic, period).with_(label=f"{name} {statistic}")]

    def _of_live(self, name: str, statistic: str, period: Duration) -> cloudwatch.Metric:
        live = f"{self.function.function_name}:{LIVE_ALIAS}"
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name=name,
            dimensions_map={"FunctionName": self.function.function_name, "Resource": live},
            statistic=statistic,
            period=period,
        )

    def _container(self, context: ModelContext, predict: HandlerFunction) -> ServingContainer | None:
        """What clients ask instead of the function, where the definition says so.

        The function has the task's revision among its variables: what is published is a new version wherever the task
        has changed, and says which one it belongs to.
        """
        serving = context.model.serving
        if serving.on != CONTAINER:
            return None
        container = ServingContainer(self, "Container", context=context, log_group=predict.logs)
        tasks = f"{serving.min_tasks} to {serving.max_tasks}"
        predict.function.add_environment(variables.TASK_DEFINITION, container.task.task_definition_arn)
        predict.function.add_environment(variables.TASKS, tasks)
        return container


def own_functions(model: CompiledModel) -> Iterator[Access]:
    """Asks the functions that nodes of the model's graph name, and no other."""
    nodes = model.graph.nodes.values() if model.graph else ()
    named = sorted({node.definition.function for node in nodes if node.definition.function})
    if named:
        yield Access(actions=("lambda:InvokeFunction",), resources=tuple(named))


def _online(table: dynamodb.ITable | None) -> dict[str, str]:
    return {variables.ONLINE_TABLE: table.table_name} if table else {}


def _metering(context: ModelContext) -> dict[str, str]:
    """The table of quotas, and the quota that each client has at the model, if any."""
    quota = context.model.definition.quota
    own = {variables.QUOTA: msgspec.json.encode(quota).decode()} if quota else {}
    return {variables.QUOTAS_TABLE: context.platform.quotas.table_name, **own}
