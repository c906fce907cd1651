"""Orphaned stacks: of models without a definition, and of layers that no function uses."""

from __future__ import annotations

from cli.checkout import models_folder
from cli.places.deployment import Deployment
from keepfit.errors import InvalidDefinition

_LAYERS = "keepfit-layers-"


def undefined_stacks(deployment: Deployment) -> tuple[list[dict[str, str]] | None, tuple[str, ...]]:
    """Lists stacks without a definition, and what to do; None where the definitions cannot be read."""
    # It compiles expressions, which a command that only reads should not pay for.
    from keepfit.definitions import compiling  # noqa: PLC0415

    try:
        defined = compiling.load(models_folder()).model
    except InvalidDefinition as error:
        return None, (f"Whether every stack has a definition is not known: {error}",)
    orphans = [
        {"model": model, "stack": deployment.stack_of(model)}
        for model in deployment.models
        if model not in defined
    ]
    return orphans, tuple(_message(deployment, orphan) for orphan in orphans)


def unused_layers(deployment: Deployment) -> tuple[list[str], tuple[str, ...]]:
    """Lists layer stacks that no function uses, and what to do: they count as code storage."""
    used = {outputs.get("LayersStack") for outputs in deployment.stacks.values()}
    unused = sorted(name for name in deployment.stacks if name.startswith(_LAYERS) and name not in used)
    return unused, tuple(f"No function uses {name} any more: {_removal(deployment, name)}" for name in unused)


def _message(deployment: Deployment, orphan: dict[str, str]) -> str:
    return (
        f"{orphan['stack']} serves the model {orphan['model']}, which no file in {models_folder().name}/ defines: it "
        f"is not deployed any more. Put its file back, or take the stack away: {_removal(deployment, orphan['stack'])}"
    )


def _removal(deployment: Deployment, stack: str) -> str:
    kind, _, name = deployment.place.name.partition(":")
    if kind != "local":
        return f"aws cloudformation delete-stack --stack-name {stack}"
    cloud = f" --name {name}" if name else ""
    return f"keepfit local reset{cloud}, which forgets everything, and keepfit local up{cloud}"
