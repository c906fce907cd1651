"""Trains on a file: deploys where that is needed, uploads, and follows the training."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.text import Text

from cli.checkout import models_folder, state_folder
from cli.commands.upload import take
from cli.exits import CommandError, Exit
from cli.output import Shown
from cli.places.bring_up import bring_up
from cli.places.chosen_place import Where
from cli.places.deployment import Deployment
from cli.places.executions import start_training
from cli.places.place import clouds_here
from cli.rendering.tables import facts
from cli.rendering.uploads import problems_of
from keepfit.definitions import compiling
from keepfit.features.io.formats import content_sha256
from keepfit.layout import ModelScope
from keepfit.serving.release.golden import GOLDEN
from keepfit.training.runs.run import Suppression
from localcloud.cloud import Cloud

Tell = Callable[[str], None]

DEFAULT_CLOUD = "default"
# An upload asks for a training by itself: that takes an event, a dispatch and an admission.
_TIMEOUT_S = 60.0
_POLL_S = 0.5
_MAX_RUNS = 20
_UNDER_WAY = "is under way"


def dataset_of(model: str) -> str:
    """The dataset whose rows a model of this checkout predicts.

    Raises:
        CommandError: no file defines the model.
        InvalidDefinition: its definition is not in order.
    """
    models = compiling.compile_all(models_folder()).models
    if model not in models:
        names = ", ".join(models) or "none"
        raise CommandError(
            f"no file in {models_folder()} defines the model {model!r}; the models are: {names}. Draft one: "
            f"keepfit new {model} FILE --label COLUMN",
            Exit.NOT_FOUND,
        )
    return models[model].definition.dataset


def ready_deployment(where: Where, model: str, tell: Tell) -> Deployment:
    """The deployment of the model as it is defined now; made on an embedded cloud where needed.

    Raises:
        CommandError: the model is not deployed on AWS.
    """
    if where.is_local:
        return bring_up(Cloud(name=where.cloud or _cloud_that_is_up(), root=state_folder()), tell)
    deployment = where.deployment()
    deployment.model(model)
    return deployment


def _cloud_that_is_up() -> str:
    running = [cloud.name for cloud in clouds_here() if cloud.status().running]
    if len(running) > 1:
        raise CommandError(
            f"several embedded clouds are up ({', '.join(running)}): choose one with --place local:<name>",
            Exit.USAGE,
        )
    return running[0] if running else DEFAULT_CLOUD


def upload_once(
    deployment: Deployment, dataset: str, file: Path, *, timeout: float, tell: Tell
) -> dict[str, Any]:
    """Uploads the file, unless the same content is data already, as ``already`` then says."""
    known = deployment.datasets.file(dataset, content_sha256(file))
    if known is not None and known.status == "announced":
        tell(f"{file} is in version {known.version} of {dataset} already")
        taken = {"file": str(file), "outcome": "taken", "version": known.version, "rows": known.rows}
        return {**taken, "already": True}
    return {**take(deployment, dataset, file, timeout=timeout, tell=tell), "already": False}


def execution_of(
    deployment: Deployment,
    model: str,
    dataset: str,
    upload: dict[str, Any],
    *,
    why: str,
    force: bool,
    tell: Tell,
) -> str:
    """The execution that learns from an upload: started by the upload itself, or else by us."""
    version, end = upload["version"], time.monotonic() + _TIMEOUT_S
    while not force:
        runs = deployment.runs(model)
        run = next((run for run in runs.newest(_MAX_RUNS) if run.data.get(dataset, 0) >= version), None)
        if run is not None and (run.closed_at is None or not upload["already"]):
            return run.execution_arn
        refused = _is_refused(runs.newest_suppressions(_MAX_RUNS), dataset, version)
        if run is not None or refused or time.monotonic() > end:
            break
        tell(f"{model}: waiting for the training that version {version} of {dataset} starts")
        time.sleep(_POLL_S)
    return start_training(deployment, model, why=why, force=force)


def _is_refused(suppressions: list[Suppression], dataset: str, version: int) -> bool:
    """Whether admission refused what the upload asked for, for good or until later."""
    return any(
        one.trigger.dataset == dataset
        and one.trigger.detail.get("version", 0) >= version
        and _UNDER_WAY not in one.reason
        for one in suppressions
    )


def serving(deployment: Deployment, model: str) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Where a model serves, with an example request; nothing where nothing is released."""
    champion = deployment.champion(model)
    if champion is None:
        return {"serving": None}, ()
    url, instance = deployment.predict_url(model), _example(deployment, model, champion.version)
    authority = f"--cacert {deployment.place.ca_bundle} " if deployment.place.ca_bundle else ""
    body = json.dumps({"instances": [instance]}, ensure_ascii=False).replace("'", "'\\''")
    curl = (
        f'curl -sS {authority}-H "authorization: Bearer $(keepfit token --place {deployment.place.name})" '
        f"-H 'content-type: application/json' -d '{body}' '{url}'"
    )
    document = {"model_version": champion.version, "predict_url": url, "example": instance, "curl": curl}
    shown = facts(f"{model} serves", [("version", champion.version), ("at", url)])
    return {"serving": document}, (shown, Text("Ask it:"), curl)


def _example(deployment: Deployment, model: str, version: int) -> dict[str, Any]:
    """An instance as a client sends it; of no row, but of values that rows have."""
    golden = json.loads(deployment.artifacts.get(f"{ModelScope(model).version(version)}{GOLDEN}"))
    instance: dict[str, Any] = golden[0]["instance"]
    return instance


def refused(upload: dict[str, Any], model: str, dataset: str) -> Shown:
    """A file that did not become data, and so taught nothing."""
    exit_code = Exit.REFUSED if upload["outcome"] == "refused" else Exit.UNFINISHED
    said = f"No training of {model}: {upload['file']} is {upload['outcome']}: {upload['reason']}"
    nothing = dict.fromkeys(("execution", "suppressed", "run_id", "outcome", "version", "failure"))
    return Shown(
        document={
            "model": model,
            **nothing,
            "admitted": False,
            "reason": said,
            "upload": upload,
            "serving": None,
        },
        parts=(said, *problems_of(dataset, upload)),
        exit_code=exit_code,
    )
