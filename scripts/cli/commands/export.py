"""`keepfit models export`: writes a version as another tool takes it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bundling.closure import closure
from cli.checkout import ROOT
from cli.exits import CommandError, Exit
from cli.framework.command import at_place
from cli.framework.groups import OneModel
from cli.output import Shown
from cli.places.deployment import Deployment
from keepfit.registry.versions import ModelVersion, read_files, read_manifest
from keepfit.serving.release.golden import GOLDEN, GoldenRequest
from keepfit.serving.release.released_files import released_files
from keepfit.tasks.answers import is_same
from keepfit.views.stores import ModelStores

_LIBRARY = ROOT / "layers" / "keepfit" / "python" / "keepfit"
_REQUIREMENTS = ROOT / "layers" / "inference" / "requirements.txt"


class Format(StrEnum):
    """The tools that a version can be written for; `package` is what `keepfit serve` takes."""

    MLFLOW = "mlflow"
    PACKAGE = "package"


@at_place
def export(
    deployment: Deployment,
    model: OneModel,
    folder: Annotated[Path, typer.Argument(help="A new folder, or an empty one.")],
    version: Annotated[
        int | None, typer.Option(help="A registered version; the one that serves by default.", min=1)
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="The tool that takes it; package is for `keepfit serve`.")
    ] = Format.MLFLOW,
) -> Shown:
    """Writes a version as a folder that another tool loads and serves, with the same answers."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise CommandError(f"{folder} is not empty: name a new folder", Exit.REFUSED)
    stores = deployment.stores(model)
    number = version if version is not None else deployment.serving(model).version
    registered = stores.versions.get(number)
    written = _WRITTEN[form](stores, registered)
    for name, body in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return Shown(
        document={
            "model": model,
            "version": number,
            "format": form,
            "folder": str(folder),
            "files": [*written],
        },
        parts=(f"{model}, version {number}, is in {folder}, for {form}",),
        hints=(f"Serve it: {_SERVED_BY[form].format(folder=folder)}",),
    )


def _for_serve(stores: ModelStores, version: ModelVersion) -> dict[str, bytes]:
    return released_files(stores.artifacts, stores.versions, version)


def _for_mlflow(stores: ModelStores, version: ModelVersion) -> dict[str, bytes]:
    # Numeric libraries, which other commands of the group should not pay for.
    from keepfit.serving.exports.mlflow_model import mlflow_model  # noqa: PLC0415

    manifest = read_manifest(stores.artifacts, version)
    files = read_files(stores.artifacts, version, manifest.files)
    _check(files)
    return mlflow_model(
        manifest, files, code=_code(), requirements=_requirements(), python=platform.python_version()
    )


def _check(files: Mapping[str, bytes]) -> None:
    """Raises where today's code answers golden requests otherwise than the version did."""
    from keepfit.registry.segment_pack import SEGMENTS  # noqa: PLC0415
    from keepfit.serving.exports.mlflow_pyfunc import MODEL_FILE, SIGNATURE_FILE  # noqa: PLC0415
    from keepfit.serving.inference.probe import probe  # noqa: PLC0415

    golden = msgspec.json.decode(files[GOLDEN], type=list[GoldenRequest])
    instances = [request.instance for request in golden]
    outputs = probe(files[MODEL_FILE], files[SIGNATURE_FILE], instances, files.get(SEGMENTS))
    for number, (output, request) in enumerate(zip(outputs, golden, strict=True)):
        if not is_same(output, request.known):
            raise CommandError(
                f"golden request {number} is answered {output!r}, and {request.known!r} is on record: export it with "
                "the library that it was released with",
                Exit.REFUSED,
            )


def _code() -> dict[str, bytes]:
    from keepfit.serving.exports.mlflow_model import LOADER  # noqa: PLC0415

    return {name: path.read_bytes() for name, path in sorted(closure(_LIBRARY, LOADER).items())}


def _requirements() -> list[str]:
    """What serving is locked to, without the digests."""
    lines = _REQUIREMENTS.read_text().splitlines()
    return [line.removesuffix(" \\") for line in lines if line and not line.startswith((" ", "#"))]


_WRITTEN: Mapping[Format, Callable[[ModelStores, ModelVersion], Mapping[str, bytes]]] = {
    Format.MLFLOW: _for_mlflow,
    Format.PACKAGE: _for_serve,
}
_SERVED_BY = {
    Format.MLFLOW: "mlflow models serve --model-uri {folder} --env-manager local",
    Format.PACKAGE: "keepfit serve {folder}",
}
