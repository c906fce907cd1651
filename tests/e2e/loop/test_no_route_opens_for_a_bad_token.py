"""Every route that is deployed, whatever it is, against every kind of token that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from keepfit.serving.access.grant import SCOPES
from keepfit.serving.access.routes import SCOPES_OF
from tests.e2e.loop.product import MODEL, Product
from tests.e2e.loop.tokens import Forge


def routes(product: Product, **named: str) -> Iterator[tuple[str, str, str]]:
    """Method, path and authorization of every route of every API in the account.

    What a path leaves open is as it is ``named``, or "x".
    """
    api = product.client("apigatewayv2")
    assert [one["ApiId"] for one in api.get_apis()["Items"]] == [product.deployment.platform("ApiId")]
    assert product.client("apigateway").get_rest_apis()["items"] == []
    for page in api.get_paginator("get_routes").paginate(ApiId=product.deployment.platform("ApiId")):
        for route in page["Items"]:
            method, path = route["RouteKey"].split(" ")  # $default, which has no path, would match anything
            kind = route["AuthorizationType"]
            yield (
                ("POST" if method == "ANY" else method),
                re.sub(r"{(\w+)}", lambda found: named.get(found[1], "x"), path),
                kind,
            )


def test_no_route_opens_for_a_bad_token(released: Product) -> None:
    forge = Forge(released)
    doors, bad = list(routes(released)), forge.authorizations()
    assert {kind for _, _, kind in doors} == {"JWT", "AWS_IAM"}
    opened = {
        (method, path, name): reply.status
        for method, path, _ in doors
        for name, authorization in bad.items()
        if (reply := released.knock(method, path, authorization)).status not in (401, 403)
    }
    assert opened == {}
    # What was wrong with them is what their names say, and not how they were made.
    for method, path, kind in doors:
        for token in (forge.good, forge.signed()):
            reply = released.knock(method, path, f"Bearer {token}")
            # What the function refuses came through the door: writing is for clients of a group.
            by_function = isinstance(reply.body, dict) and reply.body.get("code") == "not_allowed"
            assert by_function == (path in ("/features/x", "/models/x/outcomes"))
            assert (reply.status in (401, 403) and not by_function) == (kind == "AWS_IAM")


def test_no_route_opens_for_a_client_that_lacks_its_scope_or_its_model(released: Product) -> None:
    forge, told = Forge(released), {}
    for method, path, kind in routes(released, model=MODEL, version="1"):
        route = path.replace(MODEL, "{model}").replace("/1", "/{version}").replace("/x", "/{view}")
        if kind == "AWS_IAM":
            continue
        own, every = SCOPES_OF[route][:1], {f"scope/{scope}" for scope in SCOPES}
        for lacking, groups in {
            "the scope": every - {f"scope/{scope}" for scope in SCOPES_OF[route]} | {"model/*"},
            "the model": every | {"model/another"},
            "nothing": {f"scope/{scope}" for scope in own} | {f"model/{MODEL}"},
        }.items():
            token = forge.signed(**{"cognito:groups": sorted(groups)})
            reply = released.knock(method, path, f"Bearer {token}")
            told[route, lacking] = reply.body["code"] if reply.status == 403 else ""
    assert told == {
        (route, lacking): code
        for route, scopes in SCOPES_OF.items()
        for lacking, code in {
            "the scope": "not_allowed" if scopes else "",
            "the model": "model_not_allowed" if "{model}" in route else "",
            "nothing": "",
        }.items()
    }


def test_a_route_of_signatures_opens_for_no_bad_one(released: Product) -> None:
    [path] = [path for _, path, kind in routes(released) if kind == "AWS_IAM"]
    url = f"{released.deployment.api_url}{path}"
    environment = released.deployment.place.variables
    key = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])

    def signed(key: Credentials, service: str = "execute-api", region: str = "us-east-1") -> str:
        request = AWSRequest("POST", url, data=b"{}")
        SigV4Auth(key, service, region).add_auth(request)
        return str(request.headers["Authorization"])

    bad = {
        "another secret": signed(Credentials(key.access_key, "another")),
        "another key": signed(Credentials("AKIAIOSFODNN7EXAMPLE", str(key.secret_key))),
        "another service": signed(key, service="s3"),
        "no signature": signed(key).partition(", Signature")[0],
        # The instant that is signed is not sent along.
        "no time": signed(key),
    }
    opened = {
        name: reply.status
        for name, authorization in bad.items()
        if (reply := released.knock("POST", path, authorization)).status != 403
    }
    assert opened == {}


def test_no_function_has_an_address_of_its_own(released: Product) -> None:
    functions = released.client("lambda")
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            found = functions.list_function_url_configs(FunctionName=function["FunctionName"])
            assert found["FunctionUrlConfigs"] == []
