"""A function that is made of a container image runs its handler with the image's files, packages and variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.images import Image, ImageStore
from localcloud.overlay.image_functions import ImageFunction
from tests.localcloud.loop import Loop, wait_for


def test_a_function_of_an_image_sees_the_image_and_nothing_else(loop: Loop) -> None:
    answer = loop.invoke("ImageFunctionName", {})
    assert answer["seen"] == ["boto3"]
    assert answer["folder"].endswith("/rootfs/app")
    assert (answer["mode"], answer["name"]) == ("process", loop["ImageFunctionName"])
    assert loop.invoke("ImageFunctionName", {})["pid"] == answer["pid"]


def test_its_limits_are_those_of_a_function(loop: Loop) -> None:
    assert loop.invoke("ImageFunctionName", {"sleep": 30})["errorType"] == "Sandbox.Timedout"
    assert loop.invoke("ImageFunctionName", {"hog": 300})["errorType"] == "Runtime.OutOfMemory"
    assert loop.invoke("ImageFunctionName", {})["mode"] == "process"


def test_its_log_is_where_the_template_says(loop: Loop) -> None:
    loop.invoke("ImageFunctionName", {})
    assert wait_for(
        lambda: any("Memory Size: 256 MB" in line for line in loop.log_messages(loop["TaskLogGroup"]))
    )


def test_another_runtime_than_awslambdaric_is_refused_before_it_runs(tmp_path: Path) -> None:
    store, image = ImageStore(tmp_path), Image(root="/r", site="/s", command=["python", "step.py"])
    store.built("k").mkdir(parents=True)
    store.save(store.built("k"), image)
    store.tag("k", "images:1")
    config = {"FunctionName": "f", "ImageUri": "images:1"}
    with pytest.raises(LocalCloudError, match="entry point"):
        ImageFunction.of(config, store)
    own = {"EntryPoint": ["python", "-m", "awslambdaric"], "Command": ["step.handler"]}
    found = ImageFunction.of({**config, "ImageConfigResponse": {"ImageConfig": own}}, store)
    assert (found.code, found.packages, found.handler) == ("/r/", "/s", "step.handler")
