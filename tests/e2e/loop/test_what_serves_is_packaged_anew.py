from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cli.places.executions import start_release
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product, Traffic


@contextmanager
def deployed_anew(product: Product) -> Iterator[None]:
    """The inference function as a deployment left it: more memory, and whatever else the template says today."""
    function = product.deployment.model(MODEL)["PredictFunction"]
    client = product.client("lambda")
    memory = client.get_function_configuration(FunctionName=function)["MemorySize"]
    client.update_function_configuration(FunctionName=function, MemorySize=memory + 64)
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function, MemorySize=memory)
        client.get_waiter("function_updated_v2").wait(FunctionName=function)


def test_a_champion_takes_what_was_deployed_by_a_canary_and_nobody_notices(released: Product) -> None:
    champion, before = released.champion, released.deployment.routing(MODEL)
    learned = released.deployment.runs(MODEL).admission().fingerprint
    known = len(released.deployment.ledger(MODEL).entries())
    traffic = Traffic(released, world.january_requests())
    with deployed_anew(released):
        execution = start_release(released.deployment, MODEL, champion.version, why="more memory")
        assert released.ended(execution, meanwhile=traffic.while_baking)["status"] == "SUCCEEDED"
        again = released.keepfit("release", MODEL, "--wait")
    assert (again["outcome"], again["reason"]) == (
        "champion kept",
        "it serves already, and would be packaged as it is",
    )
    after = released.deployment.routing(MODEL)
    assert after.canary is None
    assert after.lambda_version != before.lambda_version
    assert released.champion.version == champion.version
    moves = released.deployment.ledger(MODEL).entries()[known:]
    assert [(move.action, move.version) for move in moves] == [
        ("canary", champion.version),
        ("promote", champion.version),
    ]
    run = released.run_of(execution)
    assert run is not None
    assert (run.outcome, run.version, run.data) == ("released", champion.version, {})
    assert run.trigger.detail["why"] == "more memory"
    assert released.deployment.runs(MODEL).admission().fingerprint == learned
    assert traffic.replies
    assert traffic.failed == []
    configured = released.client("lambda").get_function_configuration(
        FunctionName=released.deployment.model(MODEL)["PredictFunction"], Qualifier=after.lambda_version
    )
    assert configured["MemorySize"] > 1024
