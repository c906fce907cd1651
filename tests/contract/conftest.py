"""AWS as moto plays it, in this process; nothing of the machine's own AWS configuration is seen."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from moto import mock_aws

from keepfit.adapters import clients


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account in us-east-1, gone after the test."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clients.client.cache_clear()
    with mock_aws():
        yield
    clients.client.cache_clear()
