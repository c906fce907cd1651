"""Asks Lambda functions by kept connections, without an SDK."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Final

from keepfit.adapters.http.connection import Connection
from keepfit.adapters.http.signature_v4 import Signer
from keepfit.errors import ServiceUnavailable

_TIMEOUT_S: Final = 25.0
_OK: Final = 200


class LambdaCaller:
    """See ``serving.graph.building.AskFunction``.

    Each call has a connection of its own while it lasts, so that calls may be concurrent.

    Args:
        url: of Lambda; None for that of a function's own region.
        credentials: the id and the secret of an access key, and a session token if they are temporary.
    """

    def __init__(self, url: str | None, credentials: tuple[str, str, str | None]) -> None:
        self._url, self._credentials = url, credentials
        self._idle: dict[str, list[tuple[Connection, Signer]]] = {}

    @classmethod
    def from_environment(cls) -> LambdaCaller:
        """A caller with the endpoint and credentials that Lambda gives a function in its environment."""
        environment = os.environ
        return cls(
            environment.get("AWS_ENDPOINT_URL_LAMBDA") or environment.get("AWS_ENDPOINT_URL"),
            (
                environment["AWS_ACCESS_KEY_ID"],
                environment["AWS_SECRET_ACCESS_KEY"],
                environment.get("AWS_SESSION_TOKEN"),
            ),
        )

    def __call__(self, arn: str, payload: bytes) -> bytes:
        """What the function answers. Raises ServiceUnavailable where it does not, or fails."""
        name, _, qualifier = arn.partition(":function:")[2].partition(":")
        function = arn.removesuffix(f":{qualifier}") if qualifier else arn
        path = f"/2015-03-31/functions/{function.replace(':', '%3A')}/invocations"
        idle = self._idle.setdefault(arn.split(":")[3], [])
        connection, signer = idle.pop() if idle else self._connected(arn.split(":")[3])
        query = f"Qualifier={qualifier}" if qualifier else ""
        headers = {"content-type": "application/json", "host": connection.authority}
        signed = signer.signed(headers, payload, at=datetime.now(UTC), path=path, query=query)
        target = f"{path}?{query}" if query else path
        try:
            status, body = connection.post(signed, payload, timeout_s=_TIMEOUT_S, path=target)
        except OSError as error:
            raise ServiceUnavailable(f"the function {name} cannot be asked: {error}") from error
        idle.append((connection, signer))
        if status != _OK:
            raise ServiceUnavailable(f"Lambda refused to ask {name} ({status}): {_shown(body)}")
        return body

    def _connected(self, region: str) -> tuple[Connection, Signer]:
        key, secret, token = self._credentials
        suffix = ".cn" if region.startswith("cn-") else ""
        url = self._url or f"https://lambda.{region}.amazonaws.com{suffix}"
        return Connection(url), Signer(
            service="lambda", region=region, access_key_id=key, secret=secret, token=token
        )


def _shown(body: bytes) -> str:
    return body[:300].decode(errors="replace")
