from __future__ import annotations

import json

from keepfit.serving.access.routes import SCOPES_OF
from planning.templates import Json, Template, actions, resources


def routes_of(templates: list[Template]) -> dict[str, Json]:
    routes = [route for template in templates for route in template.properties("AWS::ApiGatewayV2::Route")]
    return {route["RouteKey"]: route for route in routes}


def test_clients_need_a_token_of_the_user_pool_and_system_tests_a_signature(
    templates: list[Template],
) -> None:
    routes = routes_of(templates)
    assert {key for key in routes if "flight_delay" in key} == {
        "POST /models/flight_delay/predict",
        "POST /v2/models/flight_delay/infer",
        "POST /models/flight_delay/next/predict",
    }
    tested = routes.pop("POST /models/flight_delay/next/predict")
    assert {route["AuthorizationType"] for route in routes.values()} == {"JWT"}
    authorizers = {
        json.dumps(route["AuthorizerId"]) for key, route in routes.items() if "flight_delay" in key
    }
    assert authorizers == {'{"Fn::ImportValue": "keepfit-platform-AuthorizerId"}'}
    assert tested["AuthorizationType"] == "AWS_IAM"
    assert "AuthorizerId" not in tested


def test_every_route_that_a_token_opens_has_scopes(templates: list[Template]) -> None:
    by_token = {
        key.partition(" ")[2].replace("flight_delay", "{model}")
        for key, route in routes_of(templates).items()
        if route["AuthorizationType"] == "JWT"
    }
    assert by_token == set(SCOPES_OF)


def test_only_who_tests_a_release_may_ask_for_it_and_for_nothing_else(templates: list[Template]) -> None:
    may = [
        (template, role, statement)
        for template in templates
        for role, statement in template.statements()
        if any(action.startswith("execute-api:") for action in actions(statement))
    ]
    [(template, role, statement)] = may
    assert template.functions()["prepare_release"]["Properties"]["Role"]["Fn::GetAtt"][0] == role
    assert actions(statement) == ["execute-api:Invoke"]
    [resource] = resources(statement)
    assert resource["Fn::Join"][1][-1] == "/$default/POST/models/flight_delay/next/predict"


def test_each_route_leads_to_its_alias_never_to_the_newest_code(model: Template) -> None:
    names = {name: alias["Properties"]["Name"] for name, alias in model.of("AWS::Lambda::Alias").items()}
    integrations = {
        name: integration["Properties"]
        for name, integration in model.of("AWS::ApiGatewayV2::Integration").items()
    }
    leads = {
        key: names[integrations[route["Target"]["Fn::Join"][1][1]["Ref"]]["IntegrationUri"]["Ref"]]
        for key, route in routes_of([model]).items()
    }
    assert leads == {
        "POST /models/flight_delay/predict": "live",
        "POST /v2/models/flight_delay/infer": "live",
        "POST /models/flight_delay/next/predict": "next",
    }
    assert {each["PayloadFormatVersion"] for each in integrations.values()} == {"2.0"}
    admitted = {
        (
            names[permission["FunctionName"]["Ref"]],
            permission["SourceArn"]["Fn::Join"][1][-1].partition("/")[2],
        )
        for permission in model.properties("AWS::Lambda::Permission")
        if permission["Principal"] == "apigateway.amazonaws.com"
    }
    assert admitted == {
        ("live", "*/*/models/flight_delay/predict"),
        ("live", "*/*/v2/models/flight_delay/infer"),
        ("next", "*/*/models/flight_delay/next/predict"),
    }


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
