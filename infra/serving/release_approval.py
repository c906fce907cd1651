"""The function of approvals, and the route by which people decide, whom AWS knows by their signature."""

from __future__ import annotations

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import (
    Access,
    find_items,
    put_events,
    read_objects,
    write_items,
)
from infra.constructs.function import FunctionProps
from infra.model_context import ModelContext
from infra.serving.predict_function import PredictFunction
from infra.serving.release_functions import read_alias
from keepfit.events import APPROVAL_ASKED


class ReleaseApproval(Construct):
    """``function`` asks for approvals, and takes decisions, which come in by a route of the API.

    Who may decide is who may invoke the route: ``execute-api:Invoke`` on ``POST /models/<model>/approvals``. The
    function has a role of its own: nothing else lets an execution go on.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, context: ModelContext, predict: PredictFunction
    ) -> None:
        super().__init__(scope, construct_id)
        stack, platform, model = Stack.of(self), context.platform, context.scope
        self.function: lambda_.Function = context.make_function(
            self,
            FunctionProps(name="approve_release", layers=("keepfit", "powertools"), timeout_s=15),
            environment=predict.environment,
            access=[
                write_items(platform.registry, model.partition, model.ledger_partition),
                find_items(platform.registry, model.partition, model.ledger_partition),
                *read_objects(platform.artifacts, f"{model.runs}*/definition.json"),
                read_alias(predict.function),
                put_events(stack, APPROVAL_ASKED),
                _end_waits(stack, machine=model.stack),
            ],
        ).function
        apigateway.HttpRoute(
            self,
            "Route",
            http_api=platform.http_api,
            route_key=apigateway.HttpRouteKey.with_(model.approvals_path, apigateway.HttpMethod.POST),
            integration=integrations.HttpLambdaIntegration(
                "Decide", self.function, timeout=Duration.seconds(20)
            ),
            authorizer=authorizers.HttpIamAuthorizer(),
        )


def _end_waits(stack: Stack, *, machine: str) -> Access:
    """Lets waiting steps of the model's state machine succeed or fail.

    IAM's reference names no resource for these actions; what the service asks for is the state machine.
    """
    arn = stack.format_arn(
        service="states",
        resource="stateMachine",
        resource_name=machine,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return Access(actions=("states:SendTaskSuccess", "states:SendTaskFailure"), resources=(arn,))
