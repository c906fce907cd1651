"""`keepfit simulate`: asks what serves with rows of a file or made-up ones, and says how that went.

The alias is invoked as by a release's own tests, so that no request counts as a client's in the drift of the model.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from cli.clients.json_requests import objects_of
from cli.exits import Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown, working
from cli.places.deployment import Deployment
from cli.rendering.tables import facts, table
from keepfit.definitions.compiled_model import decode_model
from keepfit.layout import ModelScope
from keepfit.monitoring.reports.report import DriftReport
from keepfit.registry.versions import read_files
from keepfit.serving.release.released_graph import read_graph
from keepfit.serving.repository.deployed import DeployedModel
from keepfit.serving.simulation.paced import Traffic, ask_all

_PROFILE = "profile.json"
_MAX_COLUMNS = 10


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What came of simulated requests, and how far their rows are from the training."""

    model: str
    version: int
    rows: str
    traffic: Traffic
    drift: DriftReport


@at_place
def simulate(
    deployment: Deployment,
    model: OneModel,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            "-f",
            help="JSON or JSON Lines of instances to replay; - is stdin. Without it, rows are made up.",
        ),
    ] = None,
    rows: Annotated[int, typer.Option(help="How many rows to make up.", min=1, max=100_000)] = 500,
    rate: Annotated[float, typer.Option(help="Requests a second, each of one row.", min=0.01)] = 20.0,
    seed: Annotated[int, typer.Option(help="Draws the same rows again.")] = 0,
) -> Shown:
    """Asks what serves with rows of a file or made-up ones, at a rate: latencies, errors, drift."""
    from keepfit.application.simulated_rows import drift_of, synthetic  # noqa: PLC0415  numpy, for who simulates

    known = _Known(deployment, model)
    if file is None:
        instances = synthetic(known.signature, known.reference, rows, seed=seed, like=known.like)
    else:
        instances = [
            {name: value for name, value in each.items() if name in known.names}
            if isinstance(each, dict)
            else each
            for each in objects_of(file, [], what="file", key="instances")
        ]
    with working(f"asking {model} {len(instances)} times, {rate:g} a second"):
        traffic, answers = ask_all(known.ask, instances, rate=rate)
    drift = drift_of(
        known.signature,
        known.reference,
        [(each.instance, each.document) for each in answers],
        monitoring=known.monitoring,
    )
    source = "made up as the training rows were distributed" if file is None else file
    result = Simulation(model=model, version=known.version, rows=source, traffic=traffic, drift=drift)
    failed = Exit.FAILED if traffic.errors else Exit.OK
    return Shown(
        document=result,
        parts=(_facts(result), _columns(drift)),
        hints=tuple(traffic.reasons),
        exit_code=failed,
    )


class _Known:
    """What is known of the release that serves.

    Raises:
        CommandError: nothing was released yet.
        NotFound: a file of the version, or of its run, is gone.
    """

    def __init__(self, deployment: Deployment, model: str) -> None:
        from keepfit.adapters.aws.lambda_releases import LIVE, LambdaReleases  # noqa: PLC0415  boto3
        from keepfit.monitoring.profiles.profile import ReferenceProfile  # noqa: PLC0415  numpy

        champion, store = deployment.serving(model), deployment.artifacts
        versions, function = deployment.versions(model), deployment.model(model)["PredictFunction"]
        registered, self.version = versions.get(champion.version), champion.version
        deployed = DeployedModel(
            name=model, function=function, ledger=deployment.ledger(model), versions=versions, store=store
        )
        release = versions.release(champion.lambda_version)
        self.signature = deployed.signature(champion.version)
        self.names = {column.name for column in self.signature.instance_columns}
        profile = ReferenceProfile.from_json(read_files(store, registered, [_PROFILE])[_PROFILE])
        self.like: list[dict[str, Any]] = []
        self.reference = profile
        if release is not None and release.nodes:
            # What is predicted of the holdout is that of the model alone.
            self.reference = msgspec.structs.replace(profile, outputs={})
            self.like = read_graph(store, model, release.version, release.code_sha256).instances
        definition = store.get(f"{ModelScope(model).run(registered.run_id)}/definition.json")
        self.monitoring = decode_model(definition).definition.monitoring
        target = LambdaReleases(function=function)
        # Behind tasks, the function answers for who names a version.
        asked = champion.lambda_version if deployment.in_containers(model) else LIVE
        self.ask = lambda event: target.invoke(asked, event)


def _facts(result: Simulation) -> Any:
    traffic = result.traffic
    latency = None
    if traffic.p50_ms is not None:
        latency = f"median {traffic.p50_ms:g}, p95 {traffic.p95_ms:g}, p99 {traffic.p99_ms:g} ms"
    pairs = [
        ("rows", result.rows),
        ("requests", f"{traffic.requests}, {traffic.rate:.1f} a second"),
        ("latency", latency),
        ("refused", traffic.refused or None),
        ("errors", traffic.errors or "none"),
        ("answered by", {f"version {v}:": count for v, count in traffic.versions.items()} or None),
    ]
    return facts(f"Simulated requests to {result.model}", [pair for pair in pairs if pair[1] is not None])


def _columns(drift: DriftReport) -> Any:
    shown = [
        (each.column, each.drift_score, each.drifted, each.rows) for each in drift.columns[:_MAX_COLUMNS]
    ]
    title = f"Drift of the rows, threshold {drift.threshold:g}"
    return table(title, ["column", "drift score", "drifted", "rows"], shown)
