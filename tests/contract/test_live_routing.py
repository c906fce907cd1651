"""The contract of LiveRouting."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.lambda_releases import LambdaLiveRouting
from keepfit.adapters.memory.serving import MemoryRouting
from keepfit.errors import Conflict, NotFound
from keepfit.serving.release.ports import LiveRouting
from keepfit.serving.release.routing import Routing
from tests.contract.containers import FAMILY, register, target_groups


@pytest.fixture(params=["memory", "lambda", "target groups"])
def live(request: pytest.FixtureRequest) -> LiveRouting:
    if request.param == "memory":
        return MemoryRouting("2", "3")
    if request.param == "target groups":
        resources: ContainerResources = request.getfixturevalue("container_resources")
        for number in (2, 3):
            register(f"{FAMILY}-{number}", {})
        return target_groups(resources)
    function: str = request.getfixturevalue("inference_function")
    for number in (2, 3):
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as package:
            package.writestr("handler.py", f"VERSION = {number}")
        client("lambda").update_function_code(FunctionName=function, ZipFile=body.getvalue())
        client("lambda").publish_version(FunctionName=function)
    return LambdaLiveRouting(function=function)


def test_before_the_first_release_version_one_answers(live: LiveRouting) -> None:
    assert live.read().routing == Routing(lambda_version="1")


@pytest.mark.parametrize(
    "routing", [Routing(lambda_version="2"), Routing(lambda_version="2", canary="3", weight=0.25)]
)
def test_a_move_is_read_back(live: LiveRouting, routing: Routing) -> None:
    moved = live.move(routing, revision=live.read().revision)
    assert moved.routing == routing
    assert live.read() == moved


def test_a_canary_is_cleared(live: LiveRouting) -> None:
    tried = live.move(Routing(lambda_version="2", canary="3", weight=0.25), revision=live.read().revision)
    live.move(Routing(lambda_version="2"), revision=tried.revision)
    assert live.read().routing == Routing(lambda_version="2")


def test_an_alias_that_does_not_exist_is_not_found(inference_function: str) -> None:
    with pytest.raises(NotFound, match="not_deployed"):
        LambdaLiveRouting(function="not_deployed").read()


@pytest.mark.parametrize(
    "routing", [Routing(lambda_version="9"), Routing(lambda_version="2", canary="9", weight=0.1)]
)
def test_a_move_to_a_version_that_is_not_there_is_not_found_and_changes_nothing(
    live: LiveRouting, routing: Routing
) -> None:
    before = live.read()
    with pytest.raises(NotFound):
        live.move(routing, revision=before.revision)
    assert live.read() == before


def test_a_move_that_comes_second_is_a_conflict_and_changes_nothing(live: LiveRouting) -> None:
    revision = live.read().revision
    first = live.move(Routing(lambda_version="2"), revision=revision)
    with pytest.raises(Conflict):
        live.move(Routing(lambda_version="3"), revision=revision)
    assert live.read() == first


def test_of_many_who_move_at_once_one_wins() -> None:
    live = MemoryRouting(*map(str, range(2, 50)))
    revision = live.read().revision

    def won(number: int) -> bool:
        try:
            live.move(Routing(lambda_version=str(number)), revision=revision)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(won, range(2, 50))) == 1
