"""Publishes the assets of an assembly to a running embedded cloud."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from botocore.exceptions import ClientError

from localcloud.assembly import AssembledStack, FileAsset, ImageAsset
from localcloud.endpoint import Endpoint
from localcloud.fakedocker import manifest
from localcloud.image_build import build
from localcloud.images import ImageStore

# Written by `cdk bootstrap`, and read by every template's BootstrapVersion parameter.
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = "30"
# Of 1980, the first a zip can hold, so that equal folders make equal archives.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def publish(endpoint: Endpoint, stacks: list[AssembledStack], progress: Callable[[str], None]) -> None:
    """Publishes every asset of these stacks once, several at a time.

    Raises:
        ImageRefused: a Dockerfile cannot be built.
    """
    files = {(asset.bucket, asset.key): asset for stack in stacks for asset in stack.files}
    images = {(asset.repository, asset.tag): asset for stack in stacks for asset in stack.images}
    _bootstrap(endpoint, {bucket for bucket, _ in files}, {repository for repository, _ in images})
    with ThreadPoolExecutor(max_workers=4) as pool:
        work = [pool.submit(_publish_image, endpoint, image, progress) for image in images.values()]
        work += [pool.submit(_publish_file, endpoint, file, progress) for file in files.values()]
        for each in work:
            each.result()


def resolve(endpoint: Endpoint, text: str) -> str:
    """A name from an assembly with its placeholders replaced."""
    return (
        text.replace("${AWS::AccountId}", endpoint.account)
        .replace("${AWS::Region}", endpoint.region)
        .replace("${AWS::Partition}", "aws")
    )


def _bootstrap(endpoint: Endpoint, buckets: set[str], repositories: set[str]) -> None:
    """Makes the parts of `cdk bootstrap` that assets need."""
    ssm, s3, ecr = endpoint.client("ssm"), endpoint.client("s3"), endpoint.client("ecr")
    if not _exists(lambda: ssm.get_parameter(Name=BOOTSTRAP_PARAMETER)):
        ssm.put_parameter(Name=BOOTSTRAP_PARAMETER, Value=BOOTSTRAP_VERSION, Type="String")
    for name in (resolve(endpoint, bucket) for bucket in sorted(buckets)):
        if not _exists(lambda name=name: s3.head_bucket(Bucket=name)):  # type: ignore[misc]
            s3.create_bucket(Bucket=name)
    for name in (resolve(endpoint, repository) for repository in sorted(repositories)):
        if not _exists(lambda name=name: ecr.describe_repositories(repositoryNames=[name])):  # type: ignore[misc]
            ecr.create_repository(repositoryName=name)


def _exists(look: Callable[[], object]) -> bool:
    try:
        look()
    except ClientError as error:
        missing = {
            "404",
            "NoSuchBucket",
            "ParameterNotFound",
            "RepositoryNotFoundException",
            "ImageNotFoundException",
        }
        if error.response["Error"]["Code"] not in missing:
            raise
        return False
    return True


def _publish_file(endpoint: Endpoint, asset: FileAsset, progress: Callable[[str], None]) -> None:
    s3, bucket = endpoint.client("s3"), resolve(endpoint, asset.bucket)
    if _exists(lambda: s3.head_object(Bucket=bucket, Key=asset.key)):
        return
    body = _zip(asset.source) if asset.zipped and asset.source.is_dir() else asset.source.read_bytes()
    if len(body) > 1 << 20:
        progress(f"uploading {asset.source.name} ({len(body) >> 20} MB)")
    s3.put_object(Bucket=bucket, Key=asset.key, Body=body)


def _zip(folder: Path) -> bytes:
    # Stored, not compressed: it only travels over loopback.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), _EPOCH)
                entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _publish_image(endpoint: Endpoint, asset: ImageAsset, progress: Callable[[str], None]) -> None:
    ecr, repository = endpoint.client("ecr"), resolve(endpoint, asset.repository)
    registry = f"{endpoint.account}.dkr.ecr.{endpoint.region}.amazonaws.com"
    name = f"{registry}/{repository}:{asset.tag}"
    store = ImageStore(endpoint.images)
    if store.key_of(name) is None:
        progress(f"building the image of {asset.context.name}")
        context = asset.context.resolve()
        store.tag(build(store, context, context / asset.file, lambda line: None), name)
    if not _exists(
        lambda: ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": asset.tag}])
    ):
        ecr.put_image(repositoryName=repository, imageManifest=manifest(asset.tag), imageTag=asset.tag)
