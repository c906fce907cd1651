from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.exits import CommandError, Exit
from cli.places import place as places
from cli.places.place import Place, find_place
from localcloud.cloud import Cloud, Status
from localcloud.endpoint import Endpoint
from localcloud.errors import CloudDown


@dataclass
class FakeCloud:
    """A cloud of which only the name and whether it runs is real."""

    name: str
    root: Path

    def status(self) -> Status:
        running = (self.root / self.name / "running").exists()
        return Status(name=self.name, running=running, url=None, pid=None, state=self.root / self.name)

    def endpoint(self) -> Endpoint:
        if not self.status().running:
            raise CloudDown(f"The embedded cloud {self.name!r} is not running.")
        return Endpoint(
            url="https://localhost:4566",
            region="us-east-1",
            account="000000000000",
            ca_bundle=Path("/ca.pem"),
            access_key_id="local-key",
            secret_access_key="local-secret",
            images=Path("/images"),
            docker=Path("/docker"),
        )


@pytest.fixture
def clouds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a cloud known on this machine."""
    monkeypatch.setenv("KEEPFIT_STATE", str(tmp_path))
    monkeypatch.setattr(places, "Cloud", FakeCloud)

    def make(name: str, *, up: bool) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.json").touch()
        if up:
            (tmp_path / name / "running").touch()

    return make


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Entering a place changes this process; afterwards it is as it was."""
    before = dict(os.environ)
    yield monkeypatch
    os.environ.clear()
    os.environ.update(before)


def test_the_only_cloud_that_is_up_is_meant_when_none_is_named(clouds: Any) -> None:
    clouds("one", up=True)
    clouds("two", up=False)
    assert find_place(None).name == find_place("local").name == "local:one"


def test_aws_is_never_meant_when_nothing_is_named(clouds: Any) -> None:
    with pytest.raises(CommandError, match="keepfit local up") as refused:
        find_place(None)
    assert refused.value.exit_code is Exit.UNREACHABLE


def test_of_several_clouds_one_has_to_be_named(clouds: Any) -> None:
    clouds("one", up=True)
    clouds("two", up=True)
    with pytest.raises(CommandError, match="one, two") as refused:
        find_place(None)
    assert refused.value.exit_code is Exit.USAGE
    assert find_place("local:two").name == "local:two"


def test_a_cloud_that_is_down_is_not_started_by_looking_at_it(clouds: Any) -> None:
    clouds("one", up=False)
    with pytest.raises(CloudDown):
        find_place("local:one")


@pytest.mark.parametrize("asked", ["azure", "local:", "aws:prod", "Local"])
def test_a_place_that_is_none_is_refused(clouds: Any, asked: str) -> None:
    with pytest.raises(CommandError, match="local:<name> or aws") as refused:
        find_place(asked)
    assert refused.value.exit_code is Exit.USAGE


@pytest.mark.parametrize("option", [{"profile": "p"}, {"region": "eu-west-1"}])
def test_options_of_aws_are_refused_where_they_would_be_ignored(clouds: Any, option: dict[str, str]) -> None:
    clouds("one", up=True)
    with pytest.raises(CommandError, match="--place aws"):
        find_place("local:one", **option)


def test_nothing_of_the_callers_aws_configuration_reaches_an_embedded_cloud(
    clouds: Any, environment: pytest.MonkeyPatch
) -> None:
    clouds("one", up=True)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID"):
        environment.setenv(name, "the caller's")
    find_place("local:one").enter()
    left = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    assert "the caller's" not in left.values()
    assert left["AWS_ACCESS_KEY_ID"] == "local-key"
    assert left["AWS_ENDPOINT_URL"] == "https://127.0.0.1:4566"
    assert left["AWS_CONFIG_FILE"] == os.devnull


def test_who_goes_to_another_place_asks_with_the_keys_of_that_one(environment: pytest.MonkeyPatch) -> None:
    for name in ("one", "other"):
        keys = {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "us-east-1"}
        place = Place(name=name, variables=keys, removed=("AWS_",))
        place.enter()
        signer = place.client("sqs")._request_signer
        assert signer._credentials.access_key == name


def test_a_proxy_of_the_caller_is_not_asked_for_an_embedded_cloud(
    clouds: Any, environment: pytest.MonkeyPatch
) -> None:
    clouds("one", up=True)
    environment.setenv("no_proxy", "example.com")  # it would win over NO_PROXY
    find_place("local:one").enter()
    assert "127.0.0.1" in os.environ["no_proxy"]


def test_a_profile_that_is_asked_for_wins_over_keys_in_the_environment(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("AWS_ACCESS_KEY_ID", "somebody else's")
    find_place("aws", profile="prod", region="eu-west-1").enter()
    assert "AWS_ACCESS_KEY_ID" not in os.environ
    assert os.environ["AWS_PROFILE"] == "prod"
    assert os.environ["AWS_REGION"] == os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_without_a_profile_the_callers_keys_are_what_aws_is_asked_with(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("AWS_ACCESS_KEY_ID", "mine")
    find_place("aws").enter()
    assert os.environ["AWS_ACCESS_KEY_ID"] == "mine"


def test_addresses_are_the_clouds_own_in_an_embedded_cloud_and_the_stacks_on_aws(clouds: Any) -> None:
    clouds("one", up=True)
    local, aws = find_place("local:one"), find_place("aws")
    deployed = "https://api.execute-api.us-east-1.amazonaws.com/"
    assert local.api_url("api", deployed) == "https://localhost:4566/_aws/execute-api/api/$default"
    assert aws.api_url("api", deployed) == deployed.rstrip("/")


def test_clouds_are_those_that_have_state(clouds: Any, tmp_path: Path) -> None:
    clouds("one", up=False)
    (tmp_path / "cache").mkdir()
    assert [cloud.name for cloud in places.clouds_here()] == ["one"]


def test_the_real_cloud_has_what_places_use() -> None:
    assert {"status", "endpoint", "up", "down", "reset"} <= set(dir(Cloud))
