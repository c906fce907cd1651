"""`scripts/build [aws|local]`: makes each bundle whose sources have changed."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from bundling.compiling import compiler
from bundling.digests import text_digest
from bundling.errors import BundlingError
from bundling.handler import predict_handler
from bundling.image import SERVING, TRAINING, image_context, server_context
from bundling.layers import THIRD_PARTY, keepfit_layer, made_of, third_party_layer
from bundling.manifest import Manifest
from bundling.targets import Target, synthesis_only
from toolchain.folders import HOME, build_folder


def build(root: Path, target: Target, *, synthesis_only: bool = False) -> Manifest:
    """Builds everything for ``target`` below ``toolchain.folders.build_folder``.

    A second build of the same checkout waits for the first.

    ``synthesis_only`` leaves the bytecode out where nothing here can make it.

    Raises:
        BundlingError: says what is missing or failed.
    """
    folder = build_folder(root)
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        made = _build(root, target, compiler(root, target, synthesis_only=synthesis_only))
        made.write(folder / target)
    return made


def _build(root: Path, target: Target, python: str | None) -> Manifest:
    image, keepfit = image_context(root), keepfit_layer(root, target, python)
    server_context(root)
    sources = {"keepfit": keepfit.digest, **{name: made_of(root, name) for name in THIRD_PARTY}}
    return Manifest(
        layers={
            "keepfit": keepfit,
            **{name: third_party_layer(root, name, target, python) for name in THIRD_PARTY},
        },
        handler=predict_handler(root, target, python),
        image=f"images/{TRAINING}",
        server_image=f"images/{SERVING}",
        code_digest=text_digest([image, *(f"{name} {sources[name]}" for name in sorted(sources))]),
        compiled=python is not None,
    )


def main(arguments: list[str]) -> int:
    """The exit code: 0 when built, 1 when something is missing, 2 for an unknown target."""
    name = arguments[0] if arguments else os.environ.get("KEEPFIT_BUILD_TARGET", Target.AWS)
    if len(arguments) > 1 or name not in list(Target):
        sys.stderr.write(f"usage: scripts/build [{'|'.join(Target)}]; {name!r} is not a target\n")
        return 2
    try:
        made = build(HOME, Target(name), synthesis_only=synthesis_only())
    except BundlingError as error:
        sys.stderr.write(f"scripts/build: {error}\n")
        return 1
    total = sum(layer.bytes for layer in made.layers.values()) / 2**20
    note = "" if made.compiled else "; without bytecode, for synthesis only: these layers cannot be deployed"
    sys.stderr.write(
        f"built for {name}: {len(made.layers)} layers ({total:.0f} MB unpacked), handler, contexts of two images"
        f"{note}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
