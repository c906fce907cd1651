"""Every route that is deployed, whatever it is, against every kind of token that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.e2e.loop.product import Product
from tests.e2e.loop.tokens import Forge


def routes(product: Product) -> Iterator[tuple[str, str]]:
    """Method and path of every route of every API in the account."""
    api = product.client("apigatewayv2")
    assert [one["ApiId"] for one in api.get_apis()["Items"]] == [product.deployment.platform("ApiId")]
    assert product.client("apigateway").get_rest_apis()["items"] == []
    for page in api.get_paginator("get_routes").paginate(ApiId=product.deployment.platform("ApiId")):
        for route in page["Items"]:
            method, path = route["RouteKey"].split(" ")  # $default, which has no path, would match anything
            yield ("POST" if method == "ANY" else method), re.sub(r"{[^}]*}", "x", path)


def test_no_route_opens_for_a_bad_token(released: Product) -> None:
    forge = Forge(released)
    doors, bad = list(routes(released)), forge.authorizations()
    assert doors
    opened = {
        (method, path, name): reply.status
        for method, path in doors
        for name, authorization in bad.items()
        if (reply := released.knock(method, path, authorization)).status not in (401, 403)
    }
    assert opened == {}
    # What was wrong with them is what their names say, and not how they were made.
    for method, path in doors:
        for token in (forge.good, forge.signed()):
            assert released.knock(method, path, f"Bearer {token}").status not in (401, 403)


def test_no_function_has_an_address_of_its_own(released: Product) -> None:
    functions = released.client("lambda")
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            found = functions.list_function_url_configs(FunctionName=function["FunctionName"])
            assert found["FunctionUrlConfigs"] == []
