"""A model that looks features up is served where its store is, and elsewhere says what it lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keepfit import variables
from keepfit.errors import InvalidModel, NotFound
from keepfit.features.schema.signature import to_json
from keepfit.runtime import predict_online
from keepfit.runtime.serve import packaged_model, server_of
from tests.unit.serving.asgi.conftest import running
from tests.unit.serving.requests.test_feature_lookup import SENT, Reader, looking_up
from tests.unit.serving.support.small_model import model


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(model())
    (tmp_path / "signature.json").write_bytes(to_json(looking_up("fail").signature))
    (tmp_path / "release.json").write_text(json.dumps({"model": "flight_delay", "version": 7}))
    return tmp_path


def test_without_a_store_it_says_which_and_how_to_serve_it(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variables.ONLINE_TABLE, raising=False)
    told = r"looks features up \(weather\).*keepfit serve flight_delay --place aws"
    with pytest.raises(NotFound, match=told):
        server_of(package, lambda _lines: None)


def test_requests_with_keys_alone_are_answered_from_the_store(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    monkeypatch.setenv(variables.ONLINE_TABLE, "online")
    monkeypatch.setattr(predict_online.DynamoReader, "from_environment", lambda _table: reader)
    body = json.dumps({"instances": [{**SENT, "airport": "JFK"}]}).encode()
    with running(package) as server:
        assert server.ask("POST", "/models/flight_delay/predict", body).status == 200
        assert json.loads(server.log[0])["inputs"]["wind gust"] == 3.5
        reader.down = True
        refused = server.ask("POST", "/models/flight_delay/predict", body)
    assert (refused.status, json.loads(refused.body)["code"]) == (503, "features_unavailable")
    assert refused.headers["retry-after"] == "1"


def test_a_folder_that_is_no_package_says_what_it_lacks(tmp_path: Path, package: Path) -> None:
    (package / "release.json").unlink()
    with pytest.raises(NotFound, match=r"lacks release.json; `keepfit models export MODEL FOLDER"):
        packaged_model(package)
    (package / "release.json").write_text("{}")
    with pytest.raises(InvalidModel, match="cannot be read"):
        packaged_model(package)
