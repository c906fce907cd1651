"""`keepfit build`: makes what the stacks deploy."""

from __future__ import annotations

from typing import Annotated

import typer

from bundling.manifest import Manifest
from bundling.targets import Target
from cli.framework.command import anywhere
from cli.output import Shown, working
from cli.project import synthesis
from toolchain.folders import build_folder

_MB = 2**20


@anywhere
def build(
    target: Annotated[Target, typer.Argument(help="aws is for Lambda, local for this machine.")] = Target.AWS,
) -> Shown:
    """Makes what the stacks deploy: layers, the request handler, and the contexts of images."""
    with working(f"building for {target}"):
        synthesis.build(target)
    folder = build_folder() / target
    made = Manifest.read(folder)
    size = sum(layer.bytes for layer in made.layers.values()) / _MB
    note = "" if made.compiled else "; without bytecode, for synthesis only: these layers cannot be deployed"
    return Shown(
        document={"target": target, "folder": str(folder), "manifest": made},
        parts=(f"Built for {target}: {len(made.layers)} layers ({size:.0f} MB unpacked) in {folder}{note}.",),
    )
