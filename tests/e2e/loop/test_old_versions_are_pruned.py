from __future__ import annotations

from cli.functions import invoke
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product


def test_what_nothing_needs_is_taken_away_by_the_role_that_may_delete_versions_alone(
    released: Product,
) -> None:
    client, function = released.client("lambda"), released.site.model(MODEL)["PredictFunction"]

    def versions() -> set[str]:
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        return {version["Version"] for page in pages for version in page["Versions"]}

    for number in range(12):  # more than the definition keeps, by somebody who publishes by hand
        client.update_function_configuration(FunctionName=function, Description=f"by hand {number}")
        client.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig={"Delay": 1})
        client.publish_version(FunctionName=function)
    before, serving = versions(), released.site.routing(MODEL).lambda_version
    pruned = set(invoke(released.function_behind("PrepareRelease"), {"prune": True})["pruned"])
    assert pruned
    assert versions() == before - pruned
    assert {"$LATEST", "1", serving} <= versions()
    assert released.ask(world.january_requests()[:5]).status == 200
    assert released.keepfit("ledger", MODEL)["intact"]
