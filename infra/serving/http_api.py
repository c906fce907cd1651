"""The HTTP API and who may call it: clients with a token of the user pool."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge


class Api(Construct):
    """``http`` is the API; ``authorizer_id`` admits tokens of ``pool``; every route is given by a model's stack.

    Each client of the API is a user of the pool, so that each has a name, a password and an end of its own.
    """

    def __init__(self, scope: Construct, construct_id: str, *, removal: RemovalPolicy) -> None:
        super().__init__(scope, construct_id)
        self.pool = self._make_pool(removal)
        self.client = self._make_client(self.pool)
        self.http = apigateway.HttpApi(
            self,
            "Http",
            api_name=Stack.of(self).stack_name,
            description="Predictions of every model",
            create_default_stage=False,
        )
        self._make_stage(self.http, removal)
        stack = Stack.of(self)
        self.authorizer_id = apigateway.HttpAuthorizer(
            self,
            "Tokens",
            http_api=self.http,
            type=apigateway.HttpAuthorizerType.JWT,
            identity_source=["$request.header.Authorization"],
            jwt_issuer=f"https://cognito-idp.{stack.region}.{stack.url_suffix}/{self.pool.user_pool_id}",
            jwt_audience=[self.client.user_pool_client_id],
        ).authorizer_id

    def _make_pool(self, removal: RemovalPolicy) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.NONE,
            password_policy=cognito.PasswordPolicy(
                min_length=32,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
            ),
            removal_policy=removal,
        )
        acknowledge(pool, Acknowledged.NO_PEOPLE_IN_THE_POOL)
        return pool

    def _make_client(self, pool: cognito.UserPool) -> cognito.UserPoolClient:
        """How clients sign in: by name and password, over TLS, without a secret that all of them would share."""
        return pool.add_client(
            "SignIn",
            auth_flows=cognito.AuthFlow(user_password=True),
            disable_o_auth=True,
            id_token_validity=Duration.hours(1),
            access_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.hours(1),
            prevent_user_existence_errors=True,
        )

    def _make_stage(self, http: apigateway.HttpApi, removal: RemovalPolicy) -> None:
        log_group = logs.LogGroup(
            self, "AccessLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=removal
        )
        apigateway.CfnStage(
            self,
            "Stage",
            api_id=http.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn, format=_ACCESS_LOG
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=500, throttling_burst_limit=1000, detailed_metrics_enabled=False
            ),
        )


# One JSON object per request: who asked for what, when, from where, and what came of it.
_ACCESS_LOG = (
    '{"requestId":"$context.requestId","at":"$context.requestTime","ip":"$context.identity.sourceIp",'
    '"client":"$context.authorizer.claims.sub","route":"$context.routeKey","status":"$context.status",'
    '"latency_ms":"$context.responseLatency","integration_ms":"$context.integrationLatency",'
    '"bytes":"$context.responseLength","protocol":"$context.protocol","error":"$context.error.message"}'
)
