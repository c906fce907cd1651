"""Requests as a client of the prediction API sends them."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from cli.exits import CommandError, Exit

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP response."""

    status: int
    body: bytes


def post(url: str, body: bytes, headers: Mapping[str, str], *, ca_bundle: Path | None) -> Response:
    """Sends once: nothing that may have been answered is sent again.

    Args:
        url: where to.
        body: what.
        headers: with what.
        ca_bundle: the only authority to trust, which is then reached without a proxy; None for the usual ones.

    Raises:
        CommandError: no response came.
    """
    return _answer("POST", url, body, headers, ca_bundle)


def get(url: str, headers: Mapping[str, str], *, ca_bundle: Path | None) -> Response:
    """Asks once; see ``post``. Raises CommandError where no response comes."""
    return _answer("GET", url, None, headers, ca_bundle)


def _answer(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], ca_bundle: Path | None
) -> Response:
    try:
        response = _pool(url, ca_bundle).request(method, url, body=body, headers=dict(headers))
    except urllib3.exceptions.HTTPError as error:
        raise CommandError(
            f"no answer from {url}: {error}; check the place with `keepfit doctor`", Exit.UNREACHABLE
        ) from error
    return Response(status=response.status, body=response.data)


def _pool(url: str, ca_bundle: Path | None) -> urllib3.PoolManager:
    if ca_bundle is not None:
        return urllib3.PoolManager(ca_certs=str(ca_bundle), retries=False, timeout=_TIMEOUT_S)
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.netloc):
        return urllib3.ProxyManager(proxy, retries=False, timeout=_TIMEOUT_S)
    return urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S)
