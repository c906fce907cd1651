from __future__ import annotations

import json

from tests.e2e.loop import world
from tests.e2e.loop.impostors import imitate, winner_of
from tests.e2e.loop.product import MODEL, Product


def test_a_winner_that_predicts_something_else_than_the_champion_waits_for_a_person(
    released: Product,
) -> None:
    champion, routing = released.champion, released.deployment.routing(MODEL)
    moves = len(released.deployment.ledger(MODEL).entries())
    won = released.deployment.runs(MODEL).find(
        released.deployment.versions(MODEL).get(champion.version).run_id
    )
    assert won is not None
    run_id = imitate(released, won)
    key = f"runs/{MODEL}/{run_id}/definition.json"
    definition = json.loads(released.deployment.artifacts.get(key))
    definition["definition"]["label"] = "cancelled"
    released.deployment.artifacts.put(key, json.dumps(definition).encode())

    ended = released.ended(released.start_at("Judge", {"admission": {"run_id": run_id}}))

    assert ended["status"] == "SUCCEEDED"
    shown = released.keepfit("runs", "show", run_id)
    run, judgement = shown["run"], shown["judgement"]
    assert run["outcome"] == "left to a person"
    assert judgement["winner"] == winner_of(released, won)
    assert judgement["champion"]["note"] == "it predicts late, not cancelled"
    assert f"`keepfit release {MODEL} {run['version']}` releases it by a canary" in run["reason"]
    assert released.keepfit("models", "show", MODEL, str(run["version"]))["state"] == "never served"
    assert (released.champion, released.deployment.routing(MODEL)) == (champion, routing)
    assert len(released.deployment.ledger(MODEL).entries()) == moves
    assert released.ask(world.january_requests()[:1]).body["model_version"] == champion.version
