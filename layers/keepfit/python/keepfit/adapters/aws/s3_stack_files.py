"""Files of a stack, in the bucket that deployments upload assets to."""

from __future__ import annotations

from botocore.exceptions import ClientError

from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.errors import NotFound, ServiceUnavailable


def read_stack_file(address: str) -> bytes:
    """Reads the file at ``bucket/key``.

    Raises:
        ServiceUnavailable: it may not be read, or is not there. A deployment that moves it changes a function and its
            role one after the other, and a moment later one agrees with the other again.
    """
    bucket, _, key = address.partition("/")
    try:
        return S3Artifacts(bucket=bucket).get(key)
    except NotFound as error:
        raise _moving(address, error) from error
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        raise _moving(address, error) from error


def _moving(address: str, error: Exception) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"s3://{address}, which came with the stack, cannot be read: {error}. A deployment may be moving it; "
        "where none is under way, deploy the stack again"
    )
