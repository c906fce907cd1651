"""The function that answers requests for one model, its alias ``live``, its route, and the log of its predictions."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.function import FunctionPlan, HandlerFunction
from infra.model_context import ModelPlace
from infra.serving.prediction_log import PredictionLog
from keepfit import variables

LIVE = "live"


class Inference(Construct):
    """``POST /models/<model>/predict``, answered by what the alias points to.

    The template only ever says "version 1", which answers that nothing is released yet. Neither the version nor the
    alias has a property that a later deployment could change, so what serves is moved by releases alone.
    """

    def __init__(self, scope: Construct, construct_id: str, *, place: ModelPlace) -> None:
        super().__init__(scope, construct_id)
        made = HandlerFunction(
            self,
            "Predict",
            plan=FunctionPlan(
                name="predict_unreleased",
                uses=("inference",),
                seconds=15,
                memory_mb=1024,
                keep=place.model.definition.keep,
            ),
            layers=place.layers,
            environment={variables.MODEL: place.model.name, "OMP_NUM_THREADS": "1"},
        )
        self.function = made.function
        unreleased = lambda_.Version(self, "Unreleased", lambda_=made.function)
        self.live = lambda_.Alias(self, "Live", alias_name=LIVE, version=unreleased)
        self.route = f"POST {place.scope.path}"
        apigateway.HttpRoute(
            self,
            "Route",
            http_api=place.platform.http_api,
            route_key=apigateway.HttpRouteKey.with_(place.scope.path, apigateway.HttpMethod.POST),
            integration=integrations.HttpLambdaIntegration("Answer", self.live, timeout=Duration.seconds(20)),
            authorizer=place.platform.authorizer,
        )
        PredictionLog(self, "PredictionLog", place=place, source=made.logs)
