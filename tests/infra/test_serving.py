from __future__ import annotations

import json

from tests.infra.assembly import Template


def test_every_route_asks_for_a_token_of_the_user_pool(templates: list[Template]) -> None:
    routes = [route for template in templates for route in template.properties("AWS::ApiGatewayV2::Route")]
    assert [route["RouteKey"] for route in routes] == ["POST /models/flight_delay/predict"]
    for route in routes:
        assert route["AuthorizationType"] == "JWT"
        assert route["AuthorizerId"] == {"Fn::ImportValue": "keepfit-platform-AuthorizerId"}


def test_a_route_leads_to_the_alias_never_to_the_newest_code(model: Template) -> None:
    (alias,) = model.of("AWS::Lambda::Alias")
    (integration,) = model.properties("AWS::ApiGatewayV2::Integration")
    (permission,) = [
        permission
        for permission in model.properties("AWS::Lambda::Permission")
        if permission["Principal"] == "apigateway.amazonaws.com"
    ]
    assert integration["IntegrationUri"] == permission["FunctionName"] == {"Ref": alias}
    assert integration["PayloadFormatVersion"] == "2.0"


def test_the_api_is_logged_and_throttled(platform: Template) -> None:
    (stage,) = platform.properties("AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert json.loads(stage["AccessLogSettings"]["Format"])["status"] == "$context.status"


def test_the_authorizer_takes_tokens_of_the_pool_that_were_made_for_this_api(platform: Template) -> None:
    [pool] = platform.of("AWS::Cognito::UserPool")
    [client] = platform.of("AWS::Cognito::UserPoolClient")
    (authorizer,) = platform.properties("AWS::ApiGatewayV2::Authorizer")
    assert authorizer["JwtConfiguration"]["Audience"] == [{"Ref": client}]
    assert {"Ref": pool} in authorizer["JwtConfiguration"]["Issuer"]["Fn::Join"][1]


def test_nobody_can_sign_up_and_tokens_are_short(platform: Template) -> None:
    (pool,) = platform.properties("AWS::Cognito::UserPool")
    (client,) = platform.properties("AWS::Cognito::UserPoolClient")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 32
    assert set(client["ExplicitAuthFlows"]) == {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["TokenValidityUnits"]["IdToken"] == client["TokenValidityUnits"]["AccessToken"] == "minutes"
    assert max(client["IdTokenValidity"], client["AccessTokenValidity"]) <= 60


def test_no_client_is_billed_while_it_asks_for_nothing(platform: Template) -> None:
    """Cognito bills each client of OAuth 2.0 client credentials by the month, busy or not."""
    (client,) = platform.properties("AWS::Cognito::UserPoolClient")
    assert "AllowedOAuthFlows" not in client
    assert not platform.of("AWS::Cognito::UserPoolDomain")


def test_predictions_alone_go_to_the_lake(model: Template) -> None:
    (subscription,) = model.properties("AWS::Logs::SubscriptionFilter")
    (stream,) = model.properties("AWS::KinesisFirehose::DeliveryStream")
    predict = model.functions()["predict_unreleased"]["Properties"]
    assert subscription["FilterPattern"] == '{ $.kind = "prediction" }'
    assert subscription["LogGroupName"] == predict["LoggingConfig"]["LogGroup"]
    destination = stream["ExtendedS3DestinationConfiguration"]
    assert destination["Prefix"] == "prediction-log/flight_delay/!{timestamp:yyyy/MM/dd/HH}/"
    assert destination["CompressionFormat"] == "UNCOMPRESSED"


def test_only_the_request_handlers_layer_is_in_the_request_path(model: Template) -> None:
    predict = model.functions()["predict_unreleased"]["Properties"]
    assert model.layers_of(predict) == ["inference"]
