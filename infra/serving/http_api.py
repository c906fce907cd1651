"""The HTTP API of all models, its authorizer and its throttling limits."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.access import Access, update_items
from infra.constructs.table import ItemTable
from infra.serving.user_pool import add_sign_in, make_user_pool
from keepfit import variables
from keepfit.serving.access.quota_meter import CLIENTS


class Api(Construct):
    """``http`` is the API; ``authorizer_id`` admits tokens of ``pool``; each model's stack adds routes.

    ``quotas`` is the table of what clients with quotas have sent today, which nobody needs tomorrow.

    Each client of the API is a user of the pool, so that each has a name and a password and can be removed alone.
    """

    def __init__(self, scope: Construct, construct_id: str, *, removal_policy: RemovalPolicy) -> None:
        super().__init__(scope, construct_id)
        self.pool = make_user_pool(self, removal_policy)
        self.client = add_sign_in(self.pool)
        self.quotas = ItemTable(self, "Quotas", removal_policy=RemovalPolicy.DESTROY)
        self.http = apigateway.HttpApi(
            self,
            "Http",
            api_name=Stack.of(self).stack_name,
            description="Predictions of every model",
            create_default_stage=False,
        )
        self._make_stage(self.http, removal_policy)
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

    @property
    def metering(self) -> dict[str, str]:
        """The environment of a function that meters clients; see ``meter``."""
        return {variables.QUOTAS_TABLE: self.quotas.table_name}

    @property
    def meter(self) -> Access:
        """Counts what clients with quotas send."""
        return update_items(self.quotas, f"{CLIENTS}*")

    def _make_stage(self, http: apigateway.HttpApi, removal_policy: RemovalPolicy) -> None:
        log_group = logs.LogGroup(
            self, "AccessLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=removal_policy
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


# One JSON object per request.
_ACCESS_LOG = (
    '{"requestId":"$context.requestId","at":"$context.requestTime","ip":"$context.identity.sourceIp",'
    '"client":"$context.authorizer.claims.sub","route":"$context.routeKey","status":"$context.status",'
    '"latency_ms":"$context.responseLatency","integration_ms":"$context.integrationLatency",'
    '"bytes":"$context.responseLength","protocol":"$context.protocol","error":"$context.error.message"}'
)
