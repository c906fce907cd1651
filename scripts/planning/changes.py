"""Changes from deployed templates to planned ones, resource by resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from planning.templates import Json

Kind = Literal["added", "changed", "removed"]
# Their content is not in the template, and is not made again by another deployment.
_KEEPS_DATA: Final = frozenset(
    {
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::Table",
        "AWS::Glue::Database",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
    }
)
# CloudFormation makes such a resource anew where one of these is another.
_IDENTITY: Final[Mapping[str, frozenset[str]]] = {
    "AWS::Cognito::UserPool": frozenset({"UsernameAttributes", "AliasAttributes"}),
    "AWS::DynamoDB::Table": frozenset({"TableName", "KeySchema"}),
    "AWS::Logs::LogGroup": frozenset({"LogGroupName"}),
    "AWS::S3::Bucket": frozenset({"BucketName"}),
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One resource that is added, changed or removed.

    ``properties`` are those that differ. ``leaves_data`` says that the former resource keeps what it holds, and the
    stack no longer reads it.
    """

    stack: str
    resource: str
    type: str
    kind: Kind
    properties: list[str] = []
    leaves_data: bool = False


def changes(deployed: Mapping[str, Json], planned: Mapping[str, Json]) -> list[Change]:
    """What a deployment of the ``planned`` templates changes, by the names of their stacks."""
    stacks = sorted({*deployed, *planned})
    return [
        change for stack in stacks for change in _of_stack(stack, deployed.get(stack), planned.get(stack))
    ]


def _of_stack(stack: str, before: Json | None, after: Json | None) -> Iterator[Change]:
    """A stack that is not planned any more stays as it is: nothing takes it away but a person."""
    if after is None:
        return
    old, new = (before or {}).get("Resources", {}), after["Resources"]
    for name in sorted({*old, *new}):
        found = _change(stack, name, old.get(name), new.get(name))
        if found is not None:
            yield found


def _change(stack: str, name: str, old: Json | None, new: Json | None) -> Change | None:
    here: dict[str, Any] = {"stack": stack, "resource": name}
    if old is None and new is not None:
        return Change(**here, type=new["Type"], kind="added")
    if new is None and old is not None:
        return Change(**here, type=old["Type"], kind="removed", leaves_data=old["Type"] in _KEEPS_DATA)
    if old is None or new is None:
        return None
    kind = new["Type"]
    differing = _differing(old.get("Properties", {}), new.get("Properties", {}))
    differing += [key for key in ("DeletionPolicy", "UpdateReplacePolicy") if old.get(key) != new.get(key)]
    if not differing and old["Type"] == kind:
        return None
    anew = old["Type"] != kind or not _IDENTITY.get(kind, frozenset()).isdisjoint(differing)
    leaves = old["Type"] in _KEEPS_DATA and anew
    return Change(**here, type=kind, kind="changed", properties=differing, leaves_data=leaves)


def _differing(old: Json, new: Json) -> list[str]:
    return sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
