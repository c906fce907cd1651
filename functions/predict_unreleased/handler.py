"""Lambda handler before the first release: answers 503 and when to retry."""

from typing import Any

_RETRY_AFTER_S = 60
_BODY = (
    '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"no model is released yet: '
    'upload data, or see `keepfit runs` for why training released none","code":"not_released","errors":[]}'
)


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """503, with the time to wait in Retry-After."""
    return {
        "statusCode": 503,
        "headers": {"content-type": "application/problem+json", "retry-after": str(_RETRY_AFTER_S)},
        "body": _BODY,
        "isBase64Encoded": False,
    }
