"""Releases, rollbacks and concurrent writers on a deployment under load."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from cli.clients.token import bearer_token
from cli.exits import CommandError
from cli.places.deployment import Deployment
from cli.places.executions import start_release
from cli.places.functions import invoke
from keepfit.layout import ModelScope
from keepfit.registry.ledger import Entry
from keepfit.training.runs.run_files import DEFINITION, RunFiles
from proofs.load import Load, Reply
from proofs.proof import Tell
from proofs.upload_to_release import put, two_months
from replay.flights import Year
from replay.play import MODEL
from replay.watch import Watch

MOVES, CONNECTIONS = 20, 16
_ROWS, _INSTANCES, _STEADY_S, _PAUSE_S = 10_000, 200, 20.0, 0.15
_WRITERS, _ORDERS = 8, 25

Window = tuple[float, float]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The replies to clients, the windows of moves, and the final state of the deployment.

    ``served`` is, for each rollback, the Lambda version that served before the release, and the one that serves after
    the rollback.
    """

    replies: list[Reply]
    steady: list[Window]
    moving: list[Window]
    served: list[tuple[str, str]]
    entries: list[Entry]
    revision: str


def measure(deployment: Deployment, folder: Path, tell: Tell) -> Found:
    """Trains once, then releases, rolls back, and lets many writers move the alias."""
    weather, flights = two_months(folder, _ROWS)
    watch = Watch(deployment, MODEL)
    tell("the first model is trained")
    put(deployment, "weather/2013-01-02.csv", weather)
    watch.settled(1)
    put(deployment, "flights/2013-01-02.csv", flights)
    watch.settled(2)
    instances = Year().sample(3, _INSTANCES).instances
    load = Load(
        url=deployment.predict_url(MODEL),
        token=bearer_token(deployment),
        ca_bundle=str(deployment.place.ca_bundle),
        bodies=[json.dumps({"instances": [instance]}) for instance in instances],
        connections=CONNECTIONS,
        pause_s=_PAUSE_S,
    )
    with load:
        time.sleep(_STEADY_S / 4)  # cold starts are over
        steady, moving, served = [_steady()], [], []
        for number in range(MOVES // 2):
            tell(f"release and rollback {number + 1} of {MOVES // 2} under {CONNECTIONS} connections")
            before = deployment.routing(MODEL).lambda_version
            for move in (partial(_release, deployment, watch, number), partial(_go_back, deployment)):
                begun = time.time()
                move()
                moving.append((begun, time.time()))
            served.append((before, deployment.routing(MODEL).lambda_version))
        steady.append(_steady())
        tell(f"{_WRITERS} writers give {_ORDERS} orders each")
        _write(deployment)
    return Found(
        replies=load.replies,
        steady=steady,
        moving=moving,
        served=served,
        entries=deployment.ledger(MODEL).entries(),
        revision=_revision(deployment),
    )


def _steady() -> Window:
    begun = time.time()
    time.sleep(_STEADY_S)
    return begun, time.time()


def _release(deployment: Deployment, watch: Watch, number: int) -> None:
    """Releases the champion in a new package, after a deployment with other memory."""
    function = deployment.model(MODEL)["PredictFunction"]
    client = deployment.place.client("lambda")
    client.update_function_configuration(FunctionName=function, MemorySize=1100 + number)
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
    known = len(watch.executions())
    start_release(deployment, MODEL, deployment.serving(MODEL).version, why="more memory")
    ended, *_ = watch.settled(known + 1)
    if ended["status"] != "SUCCEEDED":
        raise CommandError(f"a release ended as {ended['status']}; see `keepfit runs {MODEL}`")


def _go_back(deployment: Deployment) -> None:
    order = {"action": "restore previous", "who": deployment.caller, "why": "to see how"}
    invoke(deployment.model(MODEL)["MoveAliasFunction"], order)


def _write(deployment: Deployment) -> None:
    """Sends orders as runs do, from many threads at once; repeats those that conflict."""
    champion = deployment.serving(MODEL)
    releases = [one.lambda_version for one in deployment.versions(MODEL).releases() if one.pruned_at is None]
    function = deployment.model(MODEL)["MoveAliasFunction"]
    _define_runs(deployment)

    def orders(writer: int) -> None:
        chance = random.Random(writer)  # noqa: S311  drawn again with the same seed
        for _ in range(_ORDERS):
            order = {
                "action": chance.choice(["canary", "canary", "promote", "roll back"]),
                "run_id": _run_of(writer),
                "version": champion.version,
                "lambda_version": chance.choice(releases),
                "reason": "many at once",
            }
            _give(function, order)

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(orders, range(_WRITERS)))
    invoke(
        function,
        {"action": "restore", "version": champion.version, "who": deployment.caller, "why": "the last"},
    )


def _run_of(writer: int) -> str:
    return f"writer-{writer}"


def _define_runs(deployment: Deployment) -> None:
    """Makes a run for each writer, with the newest run's definition for judging canaries."""
    (newest,) = deployment.runs(MODEL).newest(1)
    definition = RunFiles(deployment.artifacts, newest.folder).get(DEFINITION)
    for writer in range(_WRITERS):
        folder = ModelScope(MODEL).run(_run_of(writer))
        RunFiles(deployment.artifacts, folder).put(DEFINITION, definition)


def _give(function: str, order: dict[str, Any]) -> None:
    while True:
        try:
            invoke(function, order)
        except CommandError as error:
            if error.kind == "Conflict":
                continue
            if error.kind != "Superseded":
                raise
        return


def _revision(deployment: Deployment) -> str:
    function = deployment.model(MODEL)["PredictFunction"]
    found = deployment.place.client("lambda").get_alias(FunctionName=function, Name="live")
    return str(found["RevisionId"])
