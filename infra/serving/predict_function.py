"""The function that predicts for one model, its alias ``live``, its route and its prediction log."""

from __future__ import annotations

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.function import FunctionProps, HandlerFunction
from infra.model_context import ModelContext
from infra.serving.predict_route import add_predict_route
from infra.serving.prediction_log import PredictionLog
from keepfit import variables

LIVE_ALIAS = "live"


class PredictFunction(Construct):
    """``function`` with its alias ``live``, which answers ``POST /models/<model>/predict``.

    The template only ever names version 1, which answers that nothing is released yet. Neither the version nor the
    alias has a property that a later deployment could change, so only a release moves the alias.
    """

    def __init__(self, scope: Construct, construct_id: str, *, context: ModelContext) -> None:
        super().__init__(scope, construct_id)
        predict = HandlerFunction(
            self,
            "Predict",
            props=FunctionProps(
                name="predict_unreleased",
                layers=("inference",),
                timeout_s=15,
                memory_mb=1024,
                keep=context.model.definition.keep,
            ),
            layers=context.layers,
            environment={variables.MODEL: context.model.name, "OMP_NUM_THREADS": "1"},
        )
        self.function = predict.function
        unreleased = lambda_.Version(self, "Unreleased", lambda_=predict.function)
        self.live = lambda_.Alias(self, "Live", alias_name=LIVE_ALIAS, version=unreleased)
        self.route = add_predict_route(self, context=context, alias=self.live)
        PredictionLog(self, "PredictionLog", context=context, source=predict.logs)
