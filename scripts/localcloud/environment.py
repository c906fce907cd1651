"""Process environments without the settings of the shell."""

from __future__ import annotations

import os
from collections.abc import Mapping

from localcloud.folders import Folders
from localcloud.tls import Certificates

# Where programs, homes and temporary files are, and in which language: nothing that could change behaviour.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "USER", "LOGNAME")


def scrubbed(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of an environment (this process's by default) that the cloud may see."""
    given = os.environ if environment is None else environment
    return {key: given[key] for key in _KEPT if key in given}


def emulator_environment(
    folders: Folders, certificates: Certificates, *, port: int, account: str, region: str
) -> dict[str, str]:
    """The emulator's configuration: TLS and IAM on, loopback only, state kept."""
    return {
        **scrubbed(),
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificates.certificate),
        "MINISTACK_SSL_KEY": str(certificates.key),
        "AWS_CA_BUNDLE": str(certificates.authority),
        "SSL_CERT_FILE": str(certificates.authority),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_REGION": region,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folders.services),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folders.objects),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": "120",
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": "unix:///nonexistent",
        "PYTHONUNBUFFERED": "1",
    }
