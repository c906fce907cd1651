"""`keepfit simulate` asks what serves with made-up or given rows, and says how that went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keepfit.adapters.aws.lambda_releases import LambdaReleases
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import encode
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.layout import ModelScope
from keepfit.monitoring.profiles.profile import profile_of
from keepfit.registry.artifact_store import sha256
from keepfit.registry.versions import Manifest, Release, write_manifest
from keepfit.serving.release.invocation import Invocation
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.views.support import history
from tests.unit.views.support.history import AT, MODEL

_TOML = f"""
dataset.flights.fields = {{ distance = {{ type = "float" }}, late = {{ type = "bool" }} }}
[model.{MODEL}]
dataset = "flights"
label = "late"
inputs = ["distance"]
"""


@pytest.fixture
def asked(stores: ModelStores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A version that serves; what it was asked."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "flights.toml").write_text(_TOML)
    signature = Signature(
        model=MODEL,
        label="late",
        event_time=None,
        columns=[Column(name="distance", source="input", type="float", min=0)],
    )
    files = {
        "signature.json": to_json(signature),
        "profile.json": profile_of(
            {"distance": [float(n) for n in range(1000)]}, {"distance": "float"}
        ).to_json(),
    }
    claim = stores.versions.claim("run-1", AT)
    for name, body in files.items():
        stores.artifacts.put(ModelScope(MODEL).version(claim.version) + name, body)
    manifest = Manifest(
        model=MODEL,
        version=claim.version,
        run_id="run-1",
        created_at=AT,
        files={name: sha256(body) for name, body in files.items()},
        data={},
        digests={},
        metrics={},
    )
    stores.versions.register(write_manifest(stores.artifacts, manifest))
    stores.versions.record_release(
        Release(lambda_version="2", version=claim.version, code_sha256="x", published_at=AT)
    )
    history.promote(stores, claim.version, "2")
    definition = encode(compiling.compile_all(tmp_path / "models").models[MODEL])
    stores.artifacts.put(f"{ModelScope(MODEL).run('run-1')}/definition.json", definition)
    sent: list[dict[str, Any]] = []

    def invoke(_target: LambdaReleases, qualifier: str, event: Mapping[str, Any]) -> Invocation:
        assert (qualifier, event["golden"]) == ("live", True)
        [instance] = json.loads(event["body"])["instances"]
        sent.append(instance)
        body = {"model_version": 1, "predictions": [False], "probabilities": [0.25]}
        if instance["distance"] < 0:
            return Invocation(payload=b"{}", error="InvalidOutput")
        return Invocation(
            payload=msgspec.json.encode({"statusCode": 200, "body": json.dumps(body)}), error=None
        )

    monkeypatch.setattr(LambdaReleases, "invoke", invoke)
    return sent


def test_made_up_rows_are_asked_and_what_came_of_them_is_told(
    keepfit: Keepfit, asked: list[dict[str, Any]]
) -> None:
    done = keepfit("simulate", MODEL, "--rows", "150", "--rate", "100000", "--json")
    assert done.exit_code == 0, done.stderr
    told = done.json
    assert len(asked) == 150
    assert told["traffic"]["requests"] == 150
    assert (told["traffic"]["refused"], told["traffic"]["errors"]) == (0, 0)
    assert told["traffic"]["versions"] == {"1": 150}
    assert [(column["column"], column["drifted"]) for column in told["drift"]["columns"]] == [
        ("distance", False)
    ]


def test_rows_of_a_file_are_replayed_without_what_the_model_does_not_read(
    keepfit: Keepfit, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"distance": 5000.0 + row, "late": True} for row in range(120)]
    file.write_text("\n".join(json.dumps(row) for row in rows))
    shown = keepfit("simulate", MODEL, "--file", str(file), "--rate", "100000")
    assert shown.exit_code == 0, shown.stderr
    assert sorted(row["distance"] for row in asked) == [row["distance"] for row in rows]
    assert all(set(row) == {"distance"} for row in asked)
    assert "Drift of the rows" in shown.stdout
    assert "yes" in shown.stdout.lower() or "true" in shown.stdout.lower()


def test_errors_of_the_release_end_the_command_as_failed(
    keepfit: Keepfit, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "rows.json"
    file.write_text('[{"distance": -1.0}, {"distance": 1.0}]')
    failed = keepfit("simulate", MODEL, "--file", str(file), "--rate", "100000")
    assert failed.exit_code == 1
    assert "the release raised InvalidOutput" in failed.stderr


def test_nothing_is_asked_before_the_first_release(keepfit: Keepfit, stores: ModelStores) -> None:
    answer = keepfit("simulate", MODEL)
    assert answer.exit_code == 3
    assert "no version of delay is released yet" in answer.stderr
