"""Nothing of the machine's own AWS configuration is seen by any test."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import HealthCheck, settings

from tests.drawn import examples

# Read once, when scikit-learn is imported. As in the training image: on a busy machine more threads only wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Every test has clients of its own, and botocore parses the description of a service, megabytes of JSON, for each.
_parsed = cache(JSONFileLoader().load_file)
JSONFileLoader.load_file = lambda _loader, path: _parsed(path)

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile(
    "keepfit", parent=examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("keepfit")


@pytest.fixture(autouse=True)
def no_ambient_aws(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither variables nor files: a test that speaks to AWS says itself which one."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    nothing = str(tmp_path_factory.getbasetemp() / "no-aws-configuration")
    monkeypatch.setenv("AWS_CONFIG_FILE", nothing)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", nothing)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


# What brings up a cloud or an app of CDK, in few tests that take long: begun last, it would be waited for.
_FIRST = ("tests/e2e/", "tests/infra/", "tests/functions/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; the order is the same in each process, as pytest-xdist asks."""
    items.sort(
        key=lambda item: next((at for at, folder in enumerate(_FIRST) if item.nodeid.startswith(folder)), 9)
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """File by file, but for the folder whose files share one cloud: several processes would bring up several."""
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  xdist alone calls this

    class ByFileOrCloud(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            folder = file.rpartition("/")[0]
            return folder if folder.endswith("e2e/loop") else file

    return ByFileOrCloud(config, log) if config.getvalue("dist") == "loadfile" else None
