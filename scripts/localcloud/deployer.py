"""Deploys a synthesized CDK assembly to a running embedded cloud by boto3 alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud import assets
from localcloud.assembly import AssembledStack, read
from localcloud.endpoint import Endpoint
from localcloud.errors import DeploymentFailed

_POLL_SECONDS = 0.03
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_SECONDARY = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s)")

Progress = Callable[[str], None]


def deploy(endpoint: Endpoint, assembly: Path, progress: Progress | None = None) -> dict[str, dict[str, str]]:
    """Publishes the assets and creates or updates every stack, in dependency order.

    Args:
        endpoint: where to.
        assembly: the folder the app was synthesized to.
        progress: told in a few words what happens.

    Returns:
        The outputs of each stack by stack name.

    Raises:
        DeploymentFailed: a stack could not be deployed; the message names resources and reasons.
        ImageRefused: a Dockerfile cannot be built.
    """
    tell = progress or (lambda text: None)
    stacks = read(assembly)
    assets.publish(endpoint, stacks, tell)
    return {stack.name: _deploy(endpoint, stack, tell) for stack in stacks}


def destroy(endpoint: Endpoint, assembly: Path, progress: Progress | None = None) -> None:
    """Deletes every stack of an assembly, each before those it depends on.

    Raises:
        DeploymentFailed: a stack could not be deleted.
    """
    tell = progress or (lambda text: None)
    cloudformation = endpoint.client("cloudformation")
    for stack in reversed(read(assembly)):
        found = _describe(endpoint, stack.name)
        if found is None:
            continue
        tell(f"deleting {stack.name}")
        # By id from here on: a deleted stack is no longer found by its name.
        try:
            cloudformation.delete_stack(StackName=found["StackId"])
        except ClientError as error:
            raise DeploymentFailed(f"The stack {stack.name} cannot be deleted: {error}") from error
        ended = _await_end(endpoint, found["StackId"])
        if ended != "DELETE_COMPLETE":
            raise DeploymentFailed(_explain(endpoint, stack.name, found["StackId"], ended))


def _deploy(endpoint: Endpoint, stack: AssembledStack, tell: Progress) -> dict[str, str]:
    cloudformation = endpoint.client("cloudformation")
    found = _describe(endpoint, stack.name)
    if found is not None and found["StackStatus"] in (
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "DELETE_FAILED",
    ):
        # What is left of a creation that failed can only be deleted.
        cloudformation.delete_stack(StackName=found["StackId"])
        _await_end(endpoint, found["StackId"])
        found = None
    request = {
        "StackName": stack.name,
        "Capabilities": _CAPABILITIES,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(stack.tags.items())],
        **_template(endpoint, stack),
    }
    tell(f"{'creating' if found is None else 'updating'} {stack.name}")
    try:
        if found is None:
            stack_id = cloudformation.create_stack(OnFailure="ROLLBACK", **request)["StackId"]
        else:
            stack_id = cloudformation.update_stack(**request)["StackId"]
    except ClientError as error:
        if "No updates are to be performed" in str(error) and found is not None:
            return _outputs(found)
        raise DeploymentFailed(f"The stack {stack.name} was refused: {error}") from error
    ended = _await_end(endpoint, stack_id)
    if ended not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeploymentFailed(_explain(endpoint, stack.name, stack_id, ended))
    described = _describe(endpoint, stack_id)
    return {} if described is None else _outputs(described)


def _template(endpoint: Endpoint, stack: AssembledStack) -> dict[str, str]:
    """The location or body of a template for CloudFormation."""
    for asset in stack.files:
        if asset.source == stack.template:
            bucket = assets.resolve(endpoint, asset.bucket)
            return {"TemplateURL": f"https://s3.{endpoint.region}.amazonaws.com/{bucket}/{asset.key}"}
    return {"TemplateBody": stack.template.read_text()}


def _describe(endpoint: Endpoint, name: str) -> dict[str, Any] | None:
    try:
        stacks = endpoint.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    described: dict[str, Any] = stacks[0]
    return None if described["StackStatus"] == "DELETE_COMPLETE" else described


def _await_end(endpoint: Endpoint, stack_id: str) -> str:
    while True:
        described = _describe(endpoint, stack_id)
        status = "DELETE_COMPLETE" if described is None else str(described["StackStatus"])
        if not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(_POLL_SECONDS)


def _outputs(described: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _explain(endpoint: Endpoint, name: str, stack_id: str, ended: str) -> str:
    events = endpoint.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
    lines = []
    for event in reversed(events):
        reason = event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and not reason.startswith(_SECONDARY):
            lines.append(f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}")
    causes = "\n  ".join(dict.fromkeys(lines)) or json.dumps(ended)
    return f"The stack {name} ended as {ended}:\n  {causes}"
