"""The contract of ReleaseTarget; moto runs no code without Docker, so only the twin is invoked."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from keepfit import variables
from keepfit.adapters.aws.clients import client
from keepfit.adapters.aws.container_releases import ContainerReleases
from keepfit.adapters.aws.container_resources import ContainerResources
from keepfit.adapters.aws.lambda_releases import LambdaLiveRouting, LambdaReleases
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.memory.registry import MemoryArtifacts
from keepfit.adapters.memory.serving import MemoryReleases, MemoryRouting
from keepfit.errors import Conflict, NotFound
from keepfit.registry.artifact_store import ArtifactStore
from keepfit.serving.release.package import lambda_sha256
from keepfit.serving.release.ports import LiveRouting, ReleaseTarget
from keepfit.serving.release.routing import Routing
from tests.contract.containers import FAMILY, TEMPLATE, placement, register, target_groups

Places = tuple[ReleaseTarget, ArtifactStore, LiveRouting]


def start(package: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        says = archive.read("says").decode()

    def answer(event: Mapping[str, Any]) -> dict[str, Any]:
        if "fail" in event:
            raise ValueError(event["fail"])
        return {"says": says}

    return answer


def packed(says: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(zipfile.ZipInfo("says"), says)
    return body.getvalue()


@pytest.fixture(params=["memory", "lambda", "containers"])
def places(request: pytest.FixtureRequest) -> Places:
    if request.param == "memory":
        artifacts = MemoryArtifacts()
        live = MemoryRouting()
        return MemoryReleases(artifacts=artifacts, start=start, live=live), artifacts, live
    function: str = request.getfixturevalue("inference_function")
    if request.param == "lambda":
        return on_lambda(function)
    return in_containers(request.getfixturevalue("container_resources"), function)


def on_lambda(function: str) -> Places:
    client("s3").create_bucket(Bucket="artifacts")
    artifacts = S3Artifacts(bucket="artifacts")
    return LambdaReleases(function=function), artifacts, LambdaLiveRouting(function=function)


def in_containers(resources: ContainerResources, function: str) -> Places:
    template = register(TEMPLATE, {variables.MODEL: "m"})
    client("lambda").update_function_configuration(
        FunctionName=function, Environment={"Variables": {variables.TASK_DEFINITION: template}}
    )
    functions, artifacts, _ = on_lambda(function)
    assert isinstance(functions, LambdaReleases)
    releases = ContainerReleases(functions=functions, resources=resources, record=placement())
    return releases, artifacts, target_groups(resources)


def published(places: Places, says: str) -> str:
    target, artifacts, _ = places
    package = packed(says)
    artifacts.put(f"releases/m/{says}.zip", package)
    return target.publish(
        bucket="artifacts", key=f"releases/m/{says}.zip", code_sha256=lambda_sha256(package), description=says
    )


def test_releases_are_numbered_behind_the_unreleased_version(places: Places) -> None:
    assert [published(places, says) for says in ("v1", "v2")] == ["2", "3"]


def test_the_same_package_is_published_once(places: Places) -> None:
    assert published(places, "v1") == published(places, "v1") == "2"


def test_a_version_that_is_deleted_is_gone_and_its_number_is_not_given_again(places: Places) -> None:
    target, _, _ = places
    assert [published(places, says) for says in ("v1", "v2", "v3")] == ["2", "3", "4"]
    target.delete("3")
    assert target.published() == ["1", "2", "4"]
    with pytest.raises(NotFound):
        target.code_sha256("3")
    target.delete("3")
    assert published(places, "v2") == "5"


@pytest.mark.parametrize(
    ("routing", "version"),
    [
        (Routing(lambda_version="2"), "2"),
        (Routing(lambda_version="2", canary="3", weight=0.1), "2"),
        (Routing(lambda_version="2", canary="3", weight=0.1), "3"),
    ],
)
def test_what_the_alias_points_to_cannot_be_deleted(places: Places, routing: Routing, version: str) -> None:
    target, _, live = places
    for says in ("v1", "v2"):
        published(places, says)
    live.move(routing, revision=live.read().revision)
    with pytest.raises(Conflict):
        target.delete(version)
    assert target.published() == ["1", "2", "3"]
    live.move(Routing(lambda_version="1"), revision=live.read().revision)
    target.delete(version)
    assert version not in target.published()


def test_only_versions_are_deleted_never_the_function(inference_function: str) -> None:
    for what in ("", "$LATEST", "live"):
        with pytest.raises(ValueError, match="is not the number of a version"):
            LambdaReleases(function=inference_function).delete(what)
    assert client("lambda").get_function(FunctionName=inference_function)["Configuration"]


def test_a_published_version_holds_the_package_and_its_description(inference_function: str) -> None:
    version = published(on_lambda(inference_function), "v1")
    found = client("lambda").get_function_configuration(FunctionName=inference_function, Qualifier=version)
    assert found["CodeSha256"] == lambda_sha256(packed("v1"))
    assert found["Description"] == "v1"


def test_the_task_of_a_release_is_that_of_the_stack_with_its_package(
    container_resources: ContainerResources, inference_function: str
) -> None:
    places = in_containers(container_resources, inference_function)
    version = published(places, "v1")
    register(TEMPLATE, {variables.MODEL: "another deployment"})
    found = client("ecs").describe_task_definition(taskDefinition=f"{FAMILY}-{version}")["taskDefinition"]
    environment = {each["name"]: each["value"] for each in found["containerDefinitions"][0]["environment"]}
    assert environment == {
        variables.MODEL: "m",
        variables.PACKAGE: "releases/m/v1.zip",
        variables.PACKAGE_SHA256: lambda_sha256(packed("v1")),
        variables.RELEASE: version,
    }
    assert places[0].code_sha256(version) == lambda_sha256(packed("v1"))
    published(places, "v1")
    families = client("ecs").list_task_definitions(familyPrefix=f"{FAMILY}-{version}")
    assert len(families["taskDefinitionArns"]) == 1


def test_a_task_that_runs_another_package_than_its_function_is_told(
    container_resources: ContainerResources, inference_function: str
) -> None:
    places = in_containers(container_resources, inference_function)
    version = published(places, "v1")
    register(f"{FAMILY}-{version}", {variables.PACKAGE_SHA256: "another"})
    assert places[0].code_sha256(version) == "another"


def test_a_deployment_that_slips_in_between_is_a_conflict_and_not_a_release(inference_function: str) -> None:
    places = on_lambda(inference_function)

    def deploy(**_: Any) -> None:
        client("lambda").update_function_code(FunctionName=inference_function, ZipFile=packed("deployed"))

    client("lambda").meta.events.register("before-call.lambda.PublishVersion", deploy)
    with pytest.raises(Conflict, match=r"publishing releases/m/v1\.zip"):
        published(places, "v1")


def test_every_change_of_the_function_is_guarded_by_what_was_read_before(inference_function: str) -> None:
    asked: list[tuple[str, str | None]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        asked.append((model.name, json.loads(params["body"] or "{}").get("RevisionId")))

    places = on_lambda(inference_function)
    read = client("lambda").get_function_configuration(FunctionName=inference_function)["RevisionId"]
    for operation in ("UpdateFunctionCode", "PublishVersion"):
        client("lambda").meta.events.register(f"before-call.lambda.{operation}", note)
    published(places, "v1")
    after = f"revision of {lambda_sha256(packed('v1'))}"
    assert asked == [("UpdateFunctionCode", read), ("PublishVersion", after)]


def test_a_version_answers_with_its_own_package_whatever_came_after() -> None:
    artifacts = MemoryArtifacts()
    live = MemoryRouting()
    target = MemoryReleases(artifacts=artifacts, start=start, live=live)
    first, _ = published((target, artifacts, live), "v1"), published((target, artifacts, live), "v2")
    answer = target.invoke(first, {})
    assert (json.loads(answer.payload), answer.error) == ({"says": "v1"}, None)


def test_an_error_of_the_handler_is_an_answer_with_its_name() -> None:
    artifacts = MemoryArtifacts()
    live = MemoryRouting()
    target = MemoryReleases(artifacts=artifacts, start=start, live=live)
    answer = target.invoke(published((target, artifacts, live), "v1"), {"fail": "boom"})
    assert answer.error == "ValueError"
    assert b"boom" in answer.payload


def test_a_version_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        MemoryReleases(artifacts=MemoryArtifacts(), start=start, live=MemoryRouting()).invoke("9", {})
