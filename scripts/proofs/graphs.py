"""Proves that another champion of one model of an ensemble is one canary, and fails no request."""

from __future__ import annotations

import csv
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cli.clients.token import bearer_token
from cli.places.deployment import Deployment
from keepfit.registry.ledger import Entry, verify
from proofs.load import NO_ANSWER, Load, Reply
from proofs.proof import Claim, Proof, Tell, at_least, at_most
from proofs.tables.unattended import Stuck, Unattended

NAME = "graphs"
MODEL, FOREST = "credit", "credit_forest"
_ROWS, _CONNECTIONS, _PAUSE_S = 3_000, 4, 0.05
_TIMEOUT_S, _LOOK_S = 600, 0.5
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_TIMES = 'baking_period = "3s", baking_limit = "20m", evaluation_period = "1s"'
_DEFINITION = f"""
[dataset.loans]
event_time = "at"
[dataset.loans.fields]
at = {{ type = "timestamp" }}
amount = {{ type = "float", min = 0 }}
income = {{ type = "float", min = 0 }}
unpaid = {{ type = "bool", nullable = true }}

[model.{FOREST}]
dataset = "loans"
label = "unpaid"
inputs = ["amount", "income"]
training.candidates.forest = {{ algorithm = "random_forest", parameters = {{ n_estimators = 20, max_depth = 5 }} }}
gates.min_gain = -1.0
retraining = {{ on = ["upload"], cooldown = "1s", max_per_day = 50 }}
release.strategy = "at_once"

[model.{MODEL}]
dataset = "loans"
label = "unpaid"
inputs = ["income", "amount"]
training.candidates.logistic = {{ algorithm = "logistic_regression" }}
retraining.on = ["first_upload"]
release = {{ {_TIMES}, minimum_requests = 20, canary = 0.3 }}
[model.{MODEL}.graph]
answer = "blend"
[model.{MODEL}.graph.nodes]
own = {{ model = "{MODEL}" }}
forest = {{ model = "{FOREST}", fallback = "own" }}
blend = {{ ensemble = "mean", of = ["own", "forest"] }}
"""
_Found = TypeVar("_Found")


def prove(tell: Tell) -> Proof:
    """Trains two models of one dataset, and one of them again while clients ask the graph of both."""
    with tempfile.TemporaryDirectory(prefix="keepfit-graphs-") as name:
        unattended = Unattended(Path(name))
        try:
            unattended.define(MODEL, _DEFINITION)
            return _proved(unattended, tell)
        except Stuck as error:
            claim = Claim(promise="both models are released", found=str(error), holds=False)
            return Proof(name=NAME, claims=[claim], figures={})
        finally:
            unattended.down()


def _proved(unattended: Unattended, tell: Tell) -> Proof:
    first = unattended.tables / "first.csv"
    _write_loans(first, seed=1)
    tell("two models learn from one upload, and the graph of both is released")
    unattended.train_file(FOREST, first)
    deployment = unattended.deployment()
    begun = _until("the graph's first release", lambda: _promoted(deployment, 1))
    bodies = [json.dumps({"instances": [{"amount": 100.0 * n, "income": 50.0 * n}]}) for n in range(1, 20)]
    load = Load(
        url=deployment.predict_url(MODEL),
        token=bearer_token(deployment),
        ca_bundle=str(deployment.place.ca_bundle),
        bodies=bodies,
        connections=_CONNECTIONS,
        pause_s=_PAUSE_S,
    )
    tell("one of them is trained again, while clients ask")
    with load:
        second = unattended.tables / "second.csv"
        _write_loans(second, seed=2)
        unattended.train_file(FOREST, second)
        ended = _until("the canary of the graph", lambda: _promoted(deployment, 2))
    tell("made-up rows are asked")
    simulated = unattended.simulated(MODEL, "--rows", "300", "--rate", "100")
    return _judged(deployment, load.replies, begun, ended, simulated)


def _judged(
    deployment: Deployment, replies: list[Reply], first: Entry, last: Entry, simulated: dict[str, Any]
) -> Proof:
    entries = deployment.ledger(MODEL).entries()
    verify(entries)
    after = [entry for entry in entries if entry.seq > first.seq]
    told = f"node {FOREST}: 1 → 2"
    failed = sum(reply.status // 100 != 2 for reply in replies)
    traffic = simulated["traffic"]
    drifted = sum(column["drifted"] for column in simulated["drift"]["columns"])
    return Proof(
        name=NAME,
        claims=[
            at_least("requests meanwhile", len(replies), 100),
            at_most("requests that failed", failed, 0),
            at_most("requests without an answer", sum(r.status == NO_ANSWER for r in replies), 0),
            Claim(
                promise="one canary of the same version of the graph's model",
                found=", ".join(f"{entry.action} {entry.version}" for entry in after),
                holds=[(entry.action, entry.version) for entry in after]
                == [("canary", first.version), ("promote", first.version)],
            ),
            Claim(promise=f"the ledger says {told}", found=last.why, holds=told in last.why),
            at_most("errors and refusals of 300 made-up rows", traffic["errors"] + traffic["refused"], 0),
            at_most("columns of made-up rows that drifted", drifted, 0),
        ],
        figures={
            "requests": len(replies),
            "simulated": traffic,
            "seconds": round((last.at - after[0].at).total_seconds(), 1),
        },
    )


def _promoted(deployment: Deployment, forest: int) -> Entry | None:
    """The entry that brought a version of the forest before every client of the graph."""
    entries = deployment.ledger(MODEL).entries()
    wanted = f"→ {forest}" if forest > 1 else f"node {FOREST}: {forest}"
    return next((entry for entry in entries if entry.weight == 1 and wanted in entry.why), None)


def _until(what: str, look: Callable[[], _Found | None]) -> _Found:
    deadline = time.monotonic() + _TIMEOUT_S
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Stuck(f"{what} did not come within {_TIMEOUT_S} s")
        time.sleep(_LOOK_S)
    return found


def _write_loans(path: Path, *, seed: int) -> None:
    """Writes loans in the order of time; what is large beside the income stays unpaid more often."""
    random = np.random.default_rng(seed)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["at", "amount", "income", "unpaid"])
        for row in range(_ROWS):
            amount, income = random.uniform(10, 3_000), random.uniform(10, 2_000)
            unpaid = bool(random.random() < 1 / (1 + np.exp((income - amount) / 400)))
            at = _BEGIN + timedelta(days=30 * seed, minutes=10 * row)
            writer.writerow([at.isoformat(), f"{amount:.2f}", f"{income:.2f}", str(unpaid).lower()])
