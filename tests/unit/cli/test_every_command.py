from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import typer

from cli.app import app
from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.views.stores import DatasetStores, ModelStores
from tests.unit.cli.conftest import Invoked, Keepfit
from tests.unit.cli.support.standin import States, WebServer
from tests.unit.cli.support.user_pool import FakeUserPool
from tests.unit.views.support import history


def _commands(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    found = getattr(found, "loaded", found)
    for name, each in getattr(found, "commands", {}).items():
        yield from _commands(each, (*path, name))
    if not hasattr(found, "commands"):
        yield path, found


ALL = dict(_commands(typer.main.get_command(app)))
ONLY_HERE = {
    ("build",),
    ("changes",),
    ("init",),
    ("new",),
    ("review",),
    ("check",),
    ("audit", "verify"),
    ("definitions", "check"),
    ("definitions", "schema"),
    ("graph",),
} | {path for path in ALL if path[0] == "local"}

# What each command needs besides --json to answer well where `world` is deployed.
ASKED: dict[tuple[str, ...], list[str]] = {
    ("status",): [],
    ("datasets", "list"): [],
    ("datasets", "show"): ["flights"],
    ("datasets", "withdraw"): ["flights", "jan.csv", "--why", "the wrong month"],
    ("datasets", "again"): ["jan.csv"],
    ("datasets", "forget"): ["flights", "pilot=ana", "--dry-run"],
    ("datasets", "forgotten"): ["flights"],
    ("catalogue", "list"): [],
    ("catalogue", "search"): ["late"],
    ("catalogue", "show"): ["flights"],
    ("catalogue", "lineage"): ["flights"],
    ("catalogue", "register"): ["flights"],
    ("quarantine",): ["flights"],
    ("train",): ["delay"],
    ("runs", "list"): ["delay"],
    ("runs", "show"): [history.RUN_ID],
    ("incidents", "list"): [],
    ("incidents", "close"): ["delay", "--why", "more memory"],
    ("gates",): ["delay"],
    ("models", "list"): [],
    ("models", "show"): ["delay"],
    ("ledger",): ["delay"],
    ("audit", "served"): ["delay", "2013-03-02"],
    ("audit", "card"): ["delay"],
    ("release",): ["delay"],
    ("rollback",): ["delay", "--why", "too many complaints"],
    ("predict",): ["delay", "--instance", '{"dest": "BOS"}'],
    ("token",): [],
    ("clients", "list"): [],
    ("clients", "add"): ["shipping"],
    ("clients", "change"): ["billing", "--scope", "read"],
    ("clients", "remove"): ["billing"],
    ("drift",): ["delay"],
    ("timeline",): ["delay"],
    ("definitions", "check"): [],
    ("definitions", "schema"): [],
    ("doctor",): [],
    ("local", "status"): [],
}


FORGOTTEN = dict.fromkeys(("id", "salt", "digest", "who", "why"), "") | {
    "dataset": "flights",
    "field": "pilot",
    "at": "2013-03-01T00:00:00.000000Z",
}


@pytest.fixture
def world(
    stores: ModelStores,
    flights: DatasetStores,
    web: WebServer,
    states: States,
    user_pool: FakeUserPool,
    invoked: Invoked,
) -> None:
    history.two_releases(stores)
    history.take_file(flights, "aa", version_id="v")
    history.put_evidence(stores, history.put_run(stores))
    history.put_report(stores)
    user_pool.users["billing"] = {"enabled": True, "password": None}
    answer = {"model": "delay", "model_version": 2, "predictions": [True], "probabilities": [0.7]}
    web.answers["/models/delay/predict"] = (200, {**answer, "prediction_ids": ["i"]})
    done = {"dataset": "flights", "key": "flights/jan.csv", "version": 2, "rows": 100, "reason": None}
    invoked.answers["withdraw"] = {**done, "outcome": "withdrawn", "sha256": "aa"}
    invoked.answers["forget"] = FORGOTTEN
    registered = {"dataset": "flights", "version": 1, "partitions": 1, "put": 1, "removed": 0, "left_out": []}
    invoked.answers["register"] = registered
    invoked.answers["monitor"] = CommandError("nothing is measured here", Exit.FAILED)
    invoked.answers["ingest"] = {**done, "outcome": "taken", "bad_rows": 3}
    incident = history.put_incident(stores)
    invoked.answers["close-run"] = {"closed": [msgspec.to_builtins(incident)]}
    invoked.answers["move-alias"] = {"moved": True, "version": 1, "lambda_version": "2", "baking": False}


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_it_can_answer_programs_and_says_what_it_does(path: tuple[str, ...], keepfit: Keepfit) -> None:
    options = {name for parameter in ALL[path].params for name in parameter.opts}
    assert "--json" in options
    assert path in ONLY_HERE or {"--place", "--profile", "--region"} <= options
    assert keepfit(*path, "--help").exit_code == 0


@pytest.mark.parametrize("path", ASKED, ids=" ".join)
def test_it_prints_exactly_one_document_for_programs(
    path: tuple[str, ...], keepfit: Keepfit, world: None
) -> None:
    answer = keepfit(*path, *ASKED[path], "--json")
    assert isinstance(json.loads(answer.stdout), dict | list), answer.stderr


@pytest.mark.parametrize("path", ASKED, ids=" ".join)
def test_it_prints_something_for_people(path: tuple[str, ...], keepfit: Keepfit, world: None) -> None:
    assert keepfit(*path, *ASKED[path]).stdout.strip()


@pytest.mark.parametrize(
    "words",
    [
        ["train", "nope"],
        ["runs", "nope"],
        ["runs", "show", "nope"],
        ["models", "nope"],
        ["models", "show", "nope"],
        ["ledger", "nope"],
        ["audit", "served", "nope", "2013-03-02"],
        ["audit", "card", "nope"],
        ["audit", "bundle", "nope"],
        ["gates", "nope"],
        ["gates", "delay", "nope"],
        ["rollback", "nope", "--why", "x"],
        ["release", "nope"],
        ["predict", "nope", "--instance", "{}"],
        ["drift", "nope"],
        ["incidents", "nope"],
        ["incidents", "close", "nope", "--why", "x"],
        ["performance", "nope"],
        ["quarantine", "nope"],
        ["datasets", "show", "nope"],
        ["datasets", "withdraw", "nope", "jan.csv", "--why", "x"],
        ["datasets", "withdraw", "flights", "nope", "--why", "x"],
        ["datasets", "again", "nope"],
        ["catalogue", "show", "nope"],
        ["catalogue", "lineage", "nope"],
        ["catalogue", "register", "nope"],
        ["upload", "nope", "x.csv"],
        ["clients", "remove", "nope"],
        ["clients", "add", "nope", "--renew"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_named_with_what_is(words: list[str], keepfit: Keepfit, world: None) -> None:
    answer = keepfit(*words)
    assert answer.exit_code == 3
    assert "'nope'" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("name", "command"),
    [("local:one", "keepfit local up --name one"), ("aws", "npx aws-cdk deploy --all")],
)
def test_without_a_deployment_it_says_how_to_make_one(
    keepfit: Keepfit,
    deployment: Deployment,
    stacks: Any,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    command: str,
) -> None:
    stacks.stacks.clear()
    there = dataclasses.replace(deployment.place, name=name)
    monkeypatch.setattr("cli.places.chosen_place.find_place", lambda *_asked: there)
    answer = keepfit("datasets")
    assert answer.exit_code == 3
    assert command in answer.stderr
