"""The function that predicts for one model, its aliases, its routes and its prediction log."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import Access, lookup_items, update_items
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import picture_layers
from infra.model_context import ModelContext
from infra.platform_exports import online_table
from infra.serving.predict_route import add_next_route, add_predict_route
from infra.serving.prediction_log import PredictionLog
from keepfit import variables
from keepfit.definitions.model import CompiledModel, sent_fields
from keepfit.layout import ViewScope
from keepfit.serving.access.metering import CLIENTS, model_accounts

LIVE_ALIAS, NEXT_ALIAS = "live", "next"


class PredictFunction(Construct):
    """``function`` with its alias ``live``, which answers ``POST /models/<model>/predict``.

    Its alias ``next`` points to a release while it is tested; only the function that tests may ask it.

    The template only ever names version 1, which answers that nothing is released yet. Neither the version nor an
    alias has a property that a later deployment could change, so only a release moves the aliases.

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
        self.route = add_predict_route(self, context=context, alias=self.live)
        add_next_route(self, context=context, alias=self.next)
        PredictionLog(self, "PredictionLog", context=context, source=predict.logs)


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
