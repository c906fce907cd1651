"""Links to pages of the AWS console, by the account and region of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

# The account of embedded clouds, which have no console.
_EMBEDDED: Final = "000000000000"
_DOMAINS: Final = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
_DOMAIN: Final = "console.aws.amazon.com"


def alarm_page(event: Mapping[str, Any], alarm: str) -> str | None:
    """The page of an alarm; None for an event of an embedded cloud.

    >>> alarm_page({"account": "123456789012", "region": "eu-west-1"}, "keepfit-delay-drift")
    'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/keepfit-delay-drift'
    """
    return _cloudwatch(event, f"alarmsV2:alarm/{quote(alarm)}")


def dashboard_page(event: Mapping[str, Any], dashboard: str) -> str | None:
    """The page of a dashboard; None for an event of an embedded cloud."""
    return _cloudwatch(event, f"dashboards/dashboard/{quote(dashboard)}")


def _cloudwatch(event: Mapping[str, Any], page: str) -> str | None:
    account, region = event.get("account"), str(event.get("region") or "")
    if account in (None, _EMBEDDED) or not region:
        return None
    domain = next((name for prefix, name in _DOMAINS.items() if region.startswith(f"{prefix}-")), _DOMAIN)
    return f"https://{region}.{domain}/cloudwatch/home?region={region}#{page}"
