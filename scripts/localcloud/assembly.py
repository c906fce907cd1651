"""Reads a synthesized cloud assembly (``cdk.out``): its stacks in dependency order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from localcloud.errors import DeploymentFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAsset:
    """A file or folder that goes to a bucket.

    Attributes:
        source: path on this machine.
        zipped: whether a folder is to be zipped.
        bucket: bucket name, with CDK placeholders.
        key: object key.
    """

    source: Path
    zipped: bool
    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAsset:
    """A Dockerfile's context that becomes an image.

    Attributes:
        context: folder with the Dockerfile.
        file: its name.
        repository: ECR repository, with CDK placeholders.
        tag: image tag.
    """

    context: Path
    file: str
    repository: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledStack:
    """One CloudFormation stack of an assembly."""

    name: str
    template: Path
    tags: dict[str, str]
    files: tuple[FileAsset, ...]
    images: tuple[ImageAsset, ...]


def read(folder: Path) -> list[AssembledStack]:
    """The stacks of an assembly and its nested assemblies, each after those it depends on.

    Raises:
        DeploymentFailed: the folder holds no assembly.
    """
    manifest = folder / "manifest.json"
    if not manifest.exists():
        raise DeploymentFailed(
            f"{folder} holds no cloud assembly (no manifest.json). Synthesize the app first."
        )
    found: dict[str, AssembledStack] = {}
    depends: dict[str, set[str]] = {}
    for artifact_id, place, artifacts in _stacks(folder):
        found[artifact_id] = _stack(artifact_id, place, artifacts)
        depends[artifact_id] = set(artifacts[artifact_id].get("dependencies", []))
    order = TopologicalSorter(depends).static_order()
    return [found[artifact_id] for artifact_id in order if artifact_id in found]


def _stacks(folder: Path) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    artifacts = json.loads((folder / "manifest.json").read_text()).get("artifacts", {})
    for artifact_id, artifact in artifacts.items():
        if artifact["type"] == "aws:cloudformation:stack":
            yield artifact_id, folder, artifacts
        elif artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(folder / artifact["properties"]["directoryName"])


def _stack(artifact_id: str, folder: Path, artifacts: dict[str, Any]) -> AssembledStack:
    properties = artifacts[artifact_id]["properties"]
    files: list[FileAsset] = []
    images: list[ImageAsset] = []
    for dependency in artifacts[artifact_id].get("dependencies", []):
        if artifacts.get(dependency, {}).get("type") == "cdk:asset-manifest":
            assets = json.loads((folder / artifacts[dependency]["properties"]["file"]).read_text())
            files += _files(folder, assets.get("files", {}))
            images += _images(folder, assets.get("dockerImages", {}))
    return AssembledStack(
        name=properties.get("stackName", artifact_id),
        template=folder / properties["templateFile"],
        tags=properties.get("tags", {}),
        files=tuple(files),
        images=tuple(images),
    )


def _files(folder: Path, assets: dict[str, Any]) -> Iterator[FileAsset]:
    for asset in assets.values():
        source = asset["source"]
        for destination in asset["destinations"].values():
            yield FileAsset(
                source=folder / source["path"],
                zipped=source.get("packaging", "file") == "zip",
                bucket=destination["bucketName"],
                key=destination["objectKey"],
            )


def _images(folder: Path, assets: dict[str, Any]) -> Iterator[ImageAsset]:
    for asset in assets.values():
        source = asset["source"]
        for destination in asset["destinations"].values():
            yield ImageAsset(
                context=folder / source["directory"],
                file=source.get("dockerFile", "Dockerfile"),
                repository=destination["repositoryName"],
                tag=destination["imageTag"],
            )
