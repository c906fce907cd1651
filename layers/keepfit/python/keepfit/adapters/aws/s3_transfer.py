"""Downloads of pinned object versions to files: in parts, with bounded memory."""

from __future__ import annotations

from pathlib import Path

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.s3_objects import reading
from keepfit.errors import ServiceUnavailable

_TRANSFER = TransferConfig(max_concurrency=4, multipart_chunksize=16 * 2**20, max_io_queue=16)


def download(bucket: str, key: str, version_id: str, path: Path) -> None:
    """Copies one version of an object to ``path``.

    Raises:
        NotFound: it is not there.
        ServiceUnavailable: S3 did not answer, or broke off.
    """
    try:
        with reading(bucket, key, version_id=version_id):
            client("s3").download_file(
                bucket, key, str(path), ExtraArgs={"VersionId": version_id}, Config=_TRANSFER
            )
    except Boto3Error as error:  # the transfer manager wraps what its threads met
        raise ServiceUnavailable(f"s3://{bucket}/{key}: {error}") from error
