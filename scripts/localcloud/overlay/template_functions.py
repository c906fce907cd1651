"""Functions with exactly the properties that the template gives them.

The stock emulator drops some properties of ``AWS::Lambda::Function``, dead-letter queues among them, and accepts
packages that are missing or larger than Lambda takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from localcloud.errors import LocalCloudError
from localcloud.images import ImageStore
from localcloud.overlay.context import CloudContext
from localcloud.overlay.image_functions import ImageFunction, is_image
from localcloud.overlay.patching import expect, wrap


def install(cloud: CloudContext) -> None:
    """Keeps the template's properties, and refuses functions that cannot run."""
    expect(lambda_svc, "_validate_total_unzipped_size", params="code_zip,layers")
    store = ImageStore(cloud.folders.images)
    wrap(
        provisioners,
        "_lambda_create",
        lambda create: _created(create, store),
        params="logical_id,props,stack_name",
    )
    wrap(
        provisioners,
        "_lambda_update",
        _updated,
        params="physical_id,old_props,new_props,stack_name,logical_id",
    )


def _created(create: Callable[..., Any], store: ImageStore) -> Callable[..., Any]:
    def create_function(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        name, attributes = create(logical_id, props, stack_name)
        function = lambda_svc._functions[name]
        try:
            _require_package(function, props, store)
        except ValueError:
            del lambda_svc._functions[name]
            raise
        _keep(function, props)
        return name, attributes

    return create_function


def _updated(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_function(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        name, attributes = update(physical_id, old_props, new_props, stack_name, logical_id)
        _keep(lambda_svc._functions[name], new_props)
        return name, attributes

    return update_function


def _keep(function: dict[str, Any], props: dict[str, Any]) -> None:
    dead_letters = props.get("DeadLetterConfig")
    if dead_letters:
        function["config"]["DeadLetterConfig"] = dead_letters
    else:
        function["config"].pop("DeadLetterConfig", None)
    reserved = props.get("ReservedConcurrentExecutions")
    function["concurrency"] = None if reserved is None else int(reserved)


def _require_package(function: dict[str, Any], props: dict[str, Any], store: ImageStore) -> None:
    if is_image(function["config"]):
        try:
            ImageFunction.of(function["config"], store)
        except LocalCloudError as error:
            raise ValueError(f"AWS::Lambda::Function: {error}") from error
        return
    if not function.get("code_zip"):
        raise ValueError(f"AWS::Lambda::Function: there is no package at {props.get('Code')}")
    refused = lambda_svc._validate_total_unzipped_size(function["code_zip"], function["config"].get("Layers"))
    if refused is not None:
        raise ValueError(f"AWS::Lambda::Function: {refused[2].decode()}")
