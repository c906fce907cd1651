"""Decodes compressed request bodies: gzip only, within a size limit."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from keepfit.errors import InvalidRequest

_GZIP_ONLY = 16 + zlib.MAX_WBITS
_PLAIN = ("", "identity")
_MAX_SHOWN_LENGTH = 60


def unpacked(event: Mapping[str, Any], body: bytes, *, limit: int) -> bytes:
    """``body`` without the content encodings that the request's headers name.

    Args:
        event: of API Gateway.
        body: as it was sent.
        limit: bytes that it may have when it is unpacked.

    Raises:
        InvalidRequest: an encoding other than gzip, bytes that are no gzip, or more of them than ``limit``.
    """
    named = _named(event)
    for encoding in named:
        if encoding not in ("gzip", "x-gzip"):
            raise InvalidRequest(
                f"the body is encoded as {encoding[:_MAX_SHOWN_LENGTH]!r}: send it as gzip, or as it is",
                code="unsupported_encoding",
            )
    for _ in named:
        body = _gunzip(body, limit)
    return body


def _named(event: Mapping[str, Any]) -> list[str]:
    """The encodings in the order of decoding: the last one applied comes first."""
    values = [
        str(value)
        for name, value in (event.get("headers") or {}).items()
        if name.lower() == "content-encoding"
    ]
    names = [name.strip().lower() for name in ",".join(values).split(",")]
    return [name for name in reversed(names) if name not in _PLAIN]


def _gunzip(body: bytes, limit: int) -> bytes:
    """Decompresses all members of a gzip file, to one byte above ``limit`` at most."""
    parts, size = [], 0
    while True:
        member = zlib.decompressobj(_GZIP_ONLY)
        try:
            parts.append(member.decompress(body, limit + 1 - size))
        except zlib.error as error:
            raise InvalidRequest(f"the body is not valid gzip: {error}", code="invalid_encoding") from error
        size += len(parts[-1])
        if size > limit:
            raise InvalidRequest(
                f"the body has more than {limit} bytes when it is unpacked: send fewer instances",
                code="body_too_large",
            )
        if not member.eof:
            raise InvalidRequest("the body is not valid gzip: its end is missing", code="invalid_encoding")
        body = member.unused_data
        if not body:
            return b"".join(parts)
