"""`keepfit plan`: shows what a deployment of this checkout makes, changes, costs and would break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bundling.manifest import Manifest
from bundling.targets import Target
from cli.checkout import models_folder
from cli.exits import CommandError, Exit
from cli.framework.command import at_any_place
from cli.output import Shown, working
from cli.places.bring_up import synthesized
from cli.places.chosen_place import Where
from cli.places.deployment import Deployment
from cli.rendering.plan_tables import plan_parts
from keepfit.adapters.aws.clients import translated
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel
from keepfit.serving.container_definition import CONTAINER
from localcloud.errors import CloudDown
from planning.costs import Load, ModelSize
from planning.plan import make_plan
from planning.prices import list_prices
from planning.templates import Json, Template, read
from toolchain.folders import build_folder


@at_any_place
def plan(
    where: Where,
    requests: Annotated[int, typer.Option(min=0, help="Requests to the API, of each model in a month.")] = 0,
    rows: Annotated[int, typer.Option(min=1, help="Rows of a request.")] = 1,
    milliseconds: Annotated[float, typer.Option(min=0, help="Time that a request is billed for.")] = 2.0,
    row_bytes: Annotated[
        int, typer.Option(min=1, help="Bytes of a row and its answer in the prediction log.")
    ] = 600,
    trainings: Annotated[int, typer.Option(min=0, help="Trainings of each model in a month.")] = 0,
    minutes: Annotated[float, typer.Option(min=0, help="Minutes of a candidate's task.")] = 5.0,
) -> Shown:
    """Plans a deployment: resources, changes, costs at idle and of a load, quotas, and what would break."""
    load = Load(
        requests=requests,
        rows=rows,
        milliseconds=milliseconds,
        row_bytes=row_bytes,
        trainings=trainings,
        minutes=minutes,
    )
    target = Target.LOCAL if where.is_local else Target.AWS
    models = compiling.compile_all(models_folder()).models
    deployment = _deployment(where)
    with working("planning") as tell:
        templates = [*read(synthesized(_assembly_name(where, deployment), tell, target)).values()]
    found = make_plan(
        templates,
        load=load,
        prices=list_prices(),
        unpacked=_unpacked(build_folder() / target),
        sizes={name: model_size(model) for name, model in models.items()},
        deployed=_deployed(deployment, templates),
        compared_with=None if deployment is None else deployment.place.name,
    )
    hints = (
        ()
        if deployment
        else ("Nothing is compared: no embedded cloud is up. `--place aws` compares with AWS.",)
    )
    return Shown(
        document=found,
        parts=plan_parts(found),
        hints=hints,
        exit_code=Exit.FAILED if found.problems else Exit.OK,
    )


def model_size(model: CompiledModel) -> ModelSize:
    """How many candidates a model trains, and how many tasks serve it at least."""
    tasks = model.serving.min_tasks if model.serving.on == CONTAINER else 0
    return ModelSize(candidates=len(model.candidates), tasks=tasks)


def _deployment(where: Where) -> Deployment | None:
    """What there is to compare with; None where no place was named and none is up."""
    try:
        return where.deployment()
    except (CloudDown, CommandError) as error:
        if where.place is None and getattr(error, "exit_code", Exit.UNREACHABLE) == Exit.UNREACHABLE:
            return None
        raise


def _assembly_name(where: Where, deployment: Deployment | None) -> str:
    """That of the embedded cloud that is compared with, whose assembly may be there already."""
    if where.is_local and deployment is not None:
        return deployment.place.name.partition(":")[2]
    return "plan" if where.is_local else "plan-aws"


def _deployed(deployment: Deployment | None, templates: list[Template]) -> dict[str, Json]:
    """The templates of the stacks that are planned and there."""
    if deployment is None:
        return {}
    planned = [template.name for template in templates if template.name in deployment.stacks]
    return {name: _template(deployment, name) for name in planned}


def _template(deployment: Deployment, stack: str) -> Json:
    with translated(f"the template of {stack}"):
        answer = deployment.place.client("cloudformation").get_template(StackName=stack)
    body: Any = answer["TemplateBody"]
    found: Json = json.loads(body) if isinstance(body, str) else body
    return found


def _unpacked(build: Path) -> dict[str, int]:
    """Bytes of each layer, and of the handler of requests."""
    manifest = Manifest.read(build)
    layers = {name: bundle.bytes for name, bundle in manifest.layers.items()}
    return {**layers, "function predict_unreleased": manifest.handler.bytes}
