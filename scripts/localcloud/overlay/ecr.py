"""Reports missing images of ECR as missing; the stock emulator answers an empty list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import ecr

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap


def install(cloud: CloudContext) -> None:
    """Refuses to describe missing images."""
    expect(ecr, "_find_image")
    wrap(ecr, "_describe_images", _refusing, params="data")


def _refusing(describe: Callable[..., Any]) -> Callable[..., Any]:
    def describe_images(data: dict[str, Any]) -> Any:
        name = data.get("repositoryName", "")
        if name in ecr._repositories:
            for wanted in data.get("imageIds") or []:
                if not ecr._find_image(name, wanted):
                    message = f"The image with imageId {wanted} does not exist within the repository '{name}'"
                    return responses.error_response_json("ImageNotFoundException", message, 400)
        return describe(data)

    return describe_images
