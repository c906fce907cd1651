"""Clients tell what came true, and the performance says of every outcome what became of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sklearn.metrics import roc_auc_score

from cli.clients.token import writer_token
from keepfit.instants import from_iso, to_iso
from keepfit.layout import ModelScope
from keepfit.serving.access.grant import WRITE_OUTCOMES
from tests.e2e.loop import world
from tests.e2e.loop.product import MODEL, Product

ASKED = 90
OWN = ModelScope(MODEL).outcomes


def _report(product: Product, *outcomes: dict[str, Any], event_id: str) -> Any:
    reply = product.knock(
        "POST",
        ModelScope(MODEL).outcomes_path,
        f"Bearer {writer_token(product.deployment, WRITE_OUTCOMES)}",
        json.dumps({"outcomes": outcomes, "event_id": event_id}).encode(),
    )
    assert reply.status == 202, reply.body
    return reply.body


def _collected(product: Product) -> dict[str, Any] | None:
    """The performance, once the log of every answer that was told of is delivered."""
    found: dict[str, Any] = product.keepfit("performance", MODEL, "--window", "400d")
    return found if found["told"]["matched"] == ASKED else None


def test_every_outcome_that_is_told_is_accounted_for(released: Product) -> None:
    requests = world.january_requests()[:ASKED]
    answer = released.ask(requests).body
    ids, scores = answer["prediction_ids"], answer["probabilities"]
    truth = [number % 3 == 0 for number in range(ASKED)]
    known = [from_iso(each["scheduled_departure"]) + timedelta(hours=6) for each in requests]
    told = [
        {"prediction_id": name, "outcome": outcome, "known_at": to_iso(at)}
        for name, outcome, at in zip(ids, truth, known, strict=True)
    ]
    late = {**told[0], "known_at": to_iso(known[0] + timedelta(days=3))}  # it repeats, too
    wrong = {**told[1], "outcome": not truth[1], "known_at": to_iso(known[1] - timedelta(hours=1))}
    foreign = {**told[2], "prediction_id": "0" * 32}
    assert _report(released, *told[:60], wrong, foreign, event_id="one")["accepted"] == 62
    reported = _report(released, *told[60:], late, {**told[3], "outcome": "never"}, event_id="two")
    assert (reported["accepted"], [each["field"] for each in reported["refused"]]) == (31, ["outcome"])
    assert _report(released, *told[:60], wrong, foreign, event_id="one")["accepted"] == 62
    found = released.watch.until("outcomes and answers", lambda: _collected(released))
    counts = {name: count for name, count in found["told"].items() if name != "unknown_ids"}
    assert counts == {
        "rows": ASKED + 3,
        "matched": ASKED,
        "elsewhere": 0,
        "unknown": 1,
        "unasked": 0,
        "duplicates": 1,
        "corrected": 1,
    }
    version = next(each for each in found["versions"] if each["outcomes"])
    assert (version["outcomes"], version["late"]) == (ASKED, 1)
    assert version["value"] == pytest.approx(roc_auc_score(truth, scores))
    assert (found["foreign"], found["told"]["unknown_ids"]) == ({}, ["0" * 32])
    [entry] = [each for each in released.keepfit("catalogue", "list") if each["name"] == OWN]
    assert (entry["used_by"], entry["rows"]) == ([MODEL], ASKED + 1)  # an outcome for each id


def test_a_client_that_asks_may_not_tell(released: Product) -> None:
    status, _, body = released.call("POST", ModelScope(MODEL).outcomes_path, b'{"outcomes": []}')
    assert (status, json.loads(body)["code"]) == (403, "not_allowed")
