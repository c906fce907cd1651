"""Stacks of models whose definition is no longer in `models/`: they serve on, and no deployment changes them."""

from __future__ import annotations

from cli.checkout import ROOT
from cli.site import Site
from keepfit.errors import InvalidDefinition

MODELS = ROOT / "models"


def undefined_stacks(site: Site) -> tuple[list[dict[str, str]] | None, tuple[str, ...]]:
    """The stacks that are deployed without a definition, and what to do; None where the definitions cannot be read."""
    from keepfit import catalogue  # noqa: PLC0415 - compiles expressions, which a command that only reads should not pay

    try:
        defined = catalogue.load(MODELS).model
    except InvalidDefinition as error:
        return None, (f"Whether every stack has a definition is not known: {error}",)
    orphans = [
        {"model": model, "stack": site.stack_of(model)} for model in site.models if model not in defined
    ]
    return orphans, tuple(_told(site, orphan) for orphan in orphans)


def _told(site: Site, orphan: dict[str, str]) -> str:
    kind, _, name = site.place.name.partition(":")
    destroy = f"aws cloudformation delete-stack --stack-name {orphan['stack']}"
    if kind == "local":
        cloud = f" --name {name}" if name else ""
        destroy = f"keepfit local reset{cloud}, which forgets everything, and keepfit local up{cloud}"
    return (
        f"{orphan['stack']} serves the model {orphan['model']}, which no file in {MODELS.name}/ defines: it is not "
        f"deployed any more. Put its file back, or take the stack away: {destroy}"
    )
