"""A registered version becomes a published release, or is stopped before a client meets it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from keepfit.errors import GoldenRequestsFailed, NotFound, TamperedArtifact
from keepfit.layout import ModelScope
from keepfit.serving.release.routing import Routing
from tests.unit.serving.support.releasing import MODEL, Releasing, request
from tests.unit.serving.support.small_model import constant_model, model


def test_a_good_version_is_published_and_the_alias_is_not_touched(releasing: Releasing) -> None:
    prepared = releasing.prepared(model())
    assert (prepared.version, prepared.lambda_version, prepared.champion_lambda_version) == (1, "2", None)
    assert releasing.live.read().routing == Routing(lambda_version="1")
    answer = releasing.answer("2", request())
    assert answer is not None
    assert json.loads(answer["body"])["model_version"] == 1


def test_the_registry_knows_which_model_is_inside(releasing: Releasing) -> None:
    releasing.prepared(model())
    release = releasing.versions.release("2")
    assert release is not None
    assert release.version == 1


def test_the_package_is_kept_under_its_digest_and_says_what_it_holds(releasing: Releasing) -> None:
    releasing.prepared(model())
    [key] = releasing.artifacts.list(f"releases/{MODEL}/000001/")
    with zipfile.ZipFile(io.BytesIO(releasing.artifacts.get(key))) as package:
        assert json.loads(package.read("model/release.json")) == {"model": MODEL, "version": 1}
        assert package.read("model/model.onnx") == model()


def test_preparing_again_publishes_nothing_new(releasing: Releasing) -> None:
    first = releasing.prepared(model())
    assert releasing.prepare(1) == first
    assert set(releasing.target.versions) == {"1", "2"}


def test_the_champion_is_named_for_what_comes_next(releasing: Releasing) -> None:
    champion = releasing.release(model())
    assert releasing.prepared(constant_model(0.5)).champion_lambda_version == champion.lambda_version


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), 1.5])
def test_a_challenger_that_raises_is_stopped_by_its_golden_requests(
    releasing: Releasing, answer: float
) -> None:
    champion = releasing.release(model())
    version = releasing.register(constant_model(answer), golden_by=model())
    with pytest.raises(GoldenRequestsFailed, match="raised InvalidOutput"):
        releasing.prepare(version.version)
    assert releasing.live.read().routing == Routing(lambda_version=champion.lambda_version)


def test_what_its_golden_requests_stopped_is_no_release_that_a_person_could_bring_back(
    releasing: Releasing,
) -> None:
    releasing.release(model())
    version = releasing.register(constant_model(0.5), golden_by=model())
    with pytest.raises(GoldenRequestsFailed):
        releasing.prepare(version.version)
    with pytest.raises(NotFound, match="has no package in this stack"):
        releasing.mover.restore(version.version, who="somebody", why="curious")


def test_a_challenger_that_answers_otherwise_than_in_training_is_stopped(releasing: Releasing) -> None:
    version = releasing.register(constant_model(0.5), golden_by=model())
    with pytest.raises(GoldenRequestsFailed, match="6 of 6 answers differ"):
        releasing.prepare(version.version)


def test_a_tampered_model_is_not_published(releasing: Releasing) -> None:
    version = releasing.register(model())
    releasing.artifacts.put(ModelScope(MODEL).version(version.version) + "model.onnx", constant_model(0.9))
    with pytest.raises(TamperedArtifact):
        releasing.prepare(version.version)
    assert set(releasing.target.versions) == {"1"}


def test_a_version_that_was_not_registered_is_not_found(releasing: Releasing) -> None:
    releasing.versions.claim("a run that died", releasing.at)
    with pytest.raises(NotFound):
        releasing.prepare(1)
