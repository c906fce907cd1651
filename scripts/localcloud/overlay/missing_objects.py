"""Answers 403 instead of 404 for missing S3 objects where the caller may not list the bucket.

The stock emulator answers 404 to everybody who may read, so that a role which may not list works here and fails on
AWS. AWS documents "permission to list the bucket" and does not say whether a permission below a prefix is one; here it
is not, so that nothing relies on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator, responses, router
from ministack.services import s3

from localcloud.overlay.context import CloudContext
from localcloud.overlay.patching import expect, wrap

_READING = "bucket_name,key,headers,query_params"
Answer = tuple[int, dict[str, str], bytes]


def install(cloud: CloudContext) -> None:
    """Changes the responses about missing objects."""
    expect(s3, "_error", params="code,message,status,resource,extra,headers")
    expect(router, "extract_access_key_id", params="headers,query_params")
    for name in ("_get_object", "_head_object"):
        wrap(s3, name, _hiding, params=_READING, contains=('"NoSuchKey"',))


def _hiding(read: Callable[..., Answer]) -> Callable[..., Answer]:
    def read_or_hide(
        bucket_name: str,
        key: str,
        headers: dict[str, str] | None = None,
        query_params: dict[str, Any] | None = None,
    ) -> Answer:
        answer = read(bucket_name, key, headers or {}, query_params or {})
        if answer[0] == 404 and not _may_list(bucket_name, headers or {}, query_params or {}):
            hidden: Answer = s3._error("AccessDenied", "Access Denied", 403, f"/{bucket_name}/{key}")
            return hidden
        return answer

    return read_or_hide


def _may_list(bucket: str, headers: dict[str, str], query_params: dict[str, Any]) -> bool:
    access_key = router.extract_access_key_id(headers, query_params)
    arn = f"arn:aws:s3:::{bucket}"
    refused = iam_evaluator.enforce(
        access_key, "s3:ListBucket", "s3", responses.get_region(), resource_arn=arn
    )
    return refused is None
