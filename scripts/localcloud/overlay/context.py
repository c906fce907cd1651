"""The context of the running cloud that all parts of the overlay share."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.children import Children
from localcloud.folders import Folders
from localcloud.tls import Certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudContext:
    """Facts of the running cloud, fixed at its start.

    Attributes:
        folders: where it keeps its state.
        port: TCP port it serves on.
        account: 12-digit account id.
        region: AWS region it plays.
        certificates: PEM files for clients and the server.
        children: ledger of started processes.
        minute_seconds: how long a period of a minute lasts for alarms.
        delay_seconds: how long alarms do not see a new data point.
    """

    folders: Folders
    port: int
    account: str
    region: str
    certificates: Certificates
    children: Children
    minute_seconds: float
    delay_seconds: float

    @property
    def inner_url(self) -> str:
        """The endpoint for functions and tasks, by IP address, so that SDKs use path-style S3 URLs."""
        return f"https://127.0.0.1:{self.port}"
