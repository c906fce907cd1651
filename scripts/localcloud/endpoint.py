"""The endpoint of a running embedded cloud, and clients for it."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

# The variables that could lead an SDK elsewhere: another endpoint, other credentials, a proxy.
_SESSION_VARIABLES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A running cloud, and clients for it that ignore every ambient setting.

    Attributes:
        url: ``https://localhost:PORT``.
        region: AWS region it plays.
        account: 12-digit account id.
        ca_bundle: PEM file of its certificate authority.
        access_key_id: key of an administrator (an IAM user, not the account root).
        secret_access_key: its secret.
        images: folder of the images that its Fargate tasks run.
        docker: executable that stands in for ``docker`` in the CDK CLI.
    """

    url: str
    region: str
    account: str
    ca_bundle: Path
    access_key_id: str
    secret_access_key: str = field(repr=False)
    images: Path
    docker: Path
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return int(self.url.rsplit(":", 1)[1])

    @property
    def sdk_url(self) -> str:
        """The endpoint by IP address: with a host name SDKs would look up ``<bucket>.localhost``."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def token_url(self) -> str:
        """The token endpoint of Cognito (OAuth 2.0 client credentials)."""
        return f"{self.url}/oauth2/token"

    def api_url(self, api_id: str) -> str:
        """The base URL of an HTTP API's default stage, without a trailing slash."""
        return f"{self.url}/_aws/execute-api/{api_id}/$default"

    def client(self, service: str) -> Any:
        """A boto3 client of the administrator; the same one for the same service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.client_with(service, self.access_key_id, self.secret_access_key)
            return self._clients[service]

    def client_with(
        self, service: str, access_key_id: str, secret: str, session_token: str | None = None
    ) -> Any:
        """A new boto3 client with other credentials."""
        session: Any = boto3.session.Session(
            botocore_session=botocore.session.Session(session_vars=_SESSION_VARIABLES)
        )
        return session.client(
            service,
            endpoint_url=self.sdk_url,
            region_name=self.region,
            verify=str(self.ca_bundle),
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret,
            aws_session_token=session_token,
            config=Config(
                proxies={},
                connect_timeout=10,
                read_timeout=900,
                max_pool_connections=50,
                retries={"mode": "standard", "max_attempts": 3},
                # TLS on loopback loses nothing, and framing a body for a trailing checksum costs two copies of it.
                request_checksum_calculation="when_required",
                s3={"addressing_style": "path"},
            ),
        )

    def session_env(self) -> dict[str, str]:
        """``AWS_*`` and related variables for a subprocess that should use this cloud and nothing else."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.sdk_url,
            "AWS_CA_BUNDLE": str(self.ca_bundle),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NODE_EXTRA_CA_CERTS": str(self.ca_bundle),
            "NO_PROXY": "localhost,127.0.0.1",
            "CDK_DOCKER": str(self.docker),
        }
