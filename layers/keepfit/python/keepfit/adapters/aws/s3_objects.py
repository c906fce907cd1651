"""Reads of S3 objects that may be missing, as opposed to those that are denied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import NotFound

# HEAD answers have no body, so no code but the status.
_REFUSED = {"AccessDenied", "403"}


@contextmanager
def reading(bucket: str, key: str, *, version_id: str | None = None) -> Iterator[None]:
    """Raises NotFound for a missing object inside the block; a denied one stays AccessDenied.

    S3 answers 403 for both where the caller may not list the bucket, and does not document whether a role that may list
    below a prefix may. So whoever is refused looks: such a role may list the one key.
    """
    name = f"s3://{bucket}/{key}" + (f" at version {version_id}" if version_id else "")
    try:
        with translated(name):
            yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _REFUSED and _is_missing(bucket, key):
            raise NotFound(f"{name} is not there") from error
        raise


def _is_missing(bucket: str, key: str) -> bool:
    """Whether a listing shows that the object is missing; False where listing is denied too."""
    try:
        with translated(f"s3://{bucket}/{key}"):
            listing = client("s3").list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    except ClientError:
        return False
    return all(item["Key"] != key for item in listing.get("Contents", ()))
