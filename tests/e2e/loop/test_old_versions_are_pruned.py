from __future__ import annotations

from tests.e2e.loop.product import MODEL, Product


def test_every_release_ends_with_taking_away_what_is_old(released: Product) -> None:
    client = released.client("stepfunctions")
    ended = client.list_executions(
        stateMachineArn=released.deployment.model(MODEL)["StateMachine"], statusFilter="SUCCEEDED"
    )["executions"]
    pruning = 0
    for execution in ended:
        events = client.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)[
            "events"
        ]
        entered = [
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        ]
        if "Released" in entered:
            assert entered[-3:] == ["Prune", "Close", "Closed"]
            after = events[
                [event.get("stateEnteredEventDetails", {}).get("name") for event in events].index("Prune") :
            ]
            assert not [event["type"] for event in after if event["type"].endswith("Failed")]
            pruning += 1
    assert pruning
