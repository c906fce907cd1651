"""The operation of AWS behind each call of a boto3 client, and the IAM action that allows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import botocore.session
from botocore import xform_name

from tests.infra.access.sources import LIBRARY

# What the transfer manager makes of one call.
_TRANSFERS = {
    "download_file": ("HeadObject", "GetObject"),
    "upload_file": (
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
    ),
}
_OF_A_VERSION = {"GetObject", "HeadObject", "DeleteObject"}
_IN_A_TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"} | {
    "ConditionCheck": "ConditionCheckItem"
}
_NAMESPACES = {"stepfunctions": "states", "elbv2": "elasticloadbalancing"}
# Where IAM calls it otherwise than the API (Service Authorization Reference).
_ACTIONS = {
    "s3.HeadObject": "s3:GetObject",
    "s3.ListObjectsV2": "s3:ListBucket",
    "s3.ListObjectVersions": "s3:ListBucketVersions",
    "s3.CreateMultipartUpload": "s3:PutObject",
    "s3.UploadPart": "s3:PutObject",
    "s3.CompleteMultipartUpload": "s3:PutObject",
    "lambda.Invoke": "lambda:InvokeFunction",
}


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """``s3.GetObject``; ``about`` is what changes the action: a version, or an item of a transaction."""

    service: str
    name: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.service}.{self.name}" + (f" ({self.about})" if self.about else "")

    @property
    def action(self) -> str:
        """What IAM has to allow."""
        if self.name == "TransactWriteItems":  # each item is allowed by itself
            return f"dynamodb:{_IN_A_TRANSACTION[self.about]}"
        namespace = _NAMESPACES.get(self.service, self.service)
        action = _ACTIONS.get(f"{self.service}.{self.name}", f"{namespace}:{self.name}")
        return action + {"version": "Version", "tagged": "Tagging"}.get(self.about, "")


def asked(service: str, method: str, call: ast.Call, function: ast.AST) -> Iterator[Operation]:
    """The operations behind ``client(service).method(...)``.

    Args:
        service: as boto3 names it.
        method: of the client.
        call: with its arguments.
        function: the code around it, where a dictionary of arguments is put together.
    """
    if method == "get_paginator":
        [name] = [node.value for node in call.args if isinstance(node, ast.Constant)]
        yield from asked(service, str(name), call, function)
        return
    for name in _TRANSFERS.get(method) or (_operation_names(service)[method],):
        if name == "TransactWriteItems":
            yield from (Operation(service, name, kind) for kind in sorted(_items(call)))
        elif name in _OF_A_VERSION:
            yield from (Operation(service, name, about) for about in _versions(call, function))
        elif name == "PutObject" and "Tagging" in _said(call):
            yield from (Operation(service, name, about) for about in ("", "tagged"))
        else:
            yield Operation(service, name)


def sent(service: str, name: str, parameters: dict[str, object]) -> Iterator[Operation]:
    """The operations of a request that was really made, with the parameters that boto3 was given."""
    if name == "TransactWriteItems":
        items = parameters["TransactItems"]
        assert isinstance(items, list)
        yield from (Operation(service, name, kind) for item in items for kind in item)
    elif name in _OF_A_VERSION:
        yield Operation(service, name, "version" if "VersionId" in parameters else "")
    else:
        yield Operation(service, name)


def is_operation(method: str) -> bool:
    """Whether a method of a client that keepfit uses has this name."""
    return method in _TRANSFERS or any(method in _operation_names(service) for service in _services())


@cache
def _services() -> frozenset[str]:
    """Those that an adapter makes a client of."""
    texts = [path.read_text() for path in (LIBRARY / "keepfit" / "adapters").rglob("*.py")]
    return frozenset(name for text in texts for name in re.findall(r'\bclient\("([a-z0-9-]+)"\)', text))


@cache
def _operation_names(service: str) -> dict[str, str]:
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


def _items(call: ast.Call) -> set[str]:
    found = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)} & set(_IN_A_TRANSACTION)
    assert found, f"line {call.lineno}: what the transaction holds must be told where it is sent"
    return {str(kind) for kind in found}


def _versions(call: ast.Call, function: ast.AST) -> tuple[str, ...]:
    if "VersionId" in _said(call):
        return ("version",)
    unpacks = any(keyword.arg is None for keyword in call.keywords)
    return ("", "version") if unpacks and "VersionId" in _said(function) else ("",)


def _said(tree: ast.AST) -> set[object]:
    """Names of keywords and constants."""
    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    return keywords | {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
