"""Runs Lambda functions of container images as processes of the image, as Fargate tasks are.

The stock emulator needs a container engine for them. The image's runtime, awslambdaric, is replaced by that of the
other functions: it imports the handler from the image's working folder, with the image's packages alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcloud.errors import LocalCloudError
from localcloud.images import Image, ImageStore

_RUNTIME = ["-m", "awslambdaric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFunction:
    """Where the code of a function is, and what its image adds to the environment."""

    code: str
    packages: str
    handler: str
    environment: dict[str, str]

    @classmethod
    def of(cls, config: dict[str, Any], store: ImageStore) -> ImageFunction:
        """Finds the image that a function is configured with.

        Raises:
            LocalCloudError: nothing was built under its tag, or it starts anything but awslambdaric.
        """
        image = store.resolve(config["ImageUri"])
        entrypoint, command = _vectors(config, image)
        if entrypoint[1:] != _RUNTIME or len(command) != 1:
            raise LocalCloudError(
                f"{config['FunctionName']} starts {[*entrypoint, *command]}; the embedded cloud runs a function of an "
                'image whose entry point is ["python", "-m", "awslambdaric"] and whose command is its handler.'
            )
        return cls(
            code=f"{image.root}/{image.workdir.lstrip('/')}",
            packages=image.site,
            handler=command[0],
            environment={name: value for name, value in image.environment.items() if name != "PATH"},
        )


def is_image(config: dict[str, Any]) -> bool:
    """Whether a function is made of a container image."""
    return config.get("PackageType") == "Image"


def _vectors(config: dict[str, Any], image: Image) -> tuple[list[str], list[str]]:
    """Entry point and command; those of the function come before the image's."""
    own = (config.get("ImageConfigResponse") or {}).get("ImageConfig") or {}
    return own.get("EntryPoint") or image.entrypoint, own.get("Command") or image.command
