from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolchain.base_images import DigestUnknown, resolve_images

OLD, NEW = (f"sha256:{digit * 64}" for digit in "12")
REST = "\nWORKDIR /app\nRUN echo FROM here\n"


def dockerfile(root: Path, base: str) -> Path:
    made = root / "functions" / "train" / "Dockerfile"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(f"FROM {base}{REST}")
    return made


def docker(root: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A Docker that notes what it is asked and then does as ``script`` says."""
    program = root / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" > {root}/asked\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


def base(root: Path, *, upgrade: bool) -> str:
    """What comes out behind FROM; all else is as it was."""
    ((path, content),) = resolve_images(root, upgrade=upgrade).items()
    assert path == root / "functions" / "train" / "Dockerfile"
    line, _, rest = content.decode().partition("\n")
    assert f"\n{rest}" == REST
    return line.removeprefix("FROM ")


def test_a_digest_that_is_there_is_kept_and_nobody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(tmp_path, monkeypatch, "exit 1")
    dockerfile(tmp_path, f"python:3.13-slim@{OLD} AS base")
    assert base(tmp_path, upgrade=False) == f"python:3.13-slim@{OLD} AS base"
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("before", ["python:3.13-slim", f"python:3.13-slim@{OLD}"])
def test_docker_is_asked_what_the_tag_names_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    manifest = json.dumps({"mediaType": "application/vnd.oci.image.index.v1+json", "digest": NEW, "size": 1})
    docker(tmp_path, monkeypatch, f"echo '{manifest}'")
    dockerfile(tmp_path, before)
    assert base(tmp_path, upgrade=True) == f"python:3.13-slim@{NEW}"
    asked = (tmp_path / "asked").read_text()
    assert asked == "buildx imagetools inspect --format {{json .Manifest}} python:3.13-slim\n"


def test_where_docker_cannot_be_asked_the_pin_stays_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    dockerfile(tmp_path, f"python:3.13-slim@{OLD}")
    assert base(tmp_path, upgrade=True) == f"python:3.13-slim@{OLD}"
    told = capsys.readouterr().err
    assert told.startswith(
        "kept: python:3.13-slim in train/Dockerfile as it is pinned: resolving the digest of"
    )


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo no such image >&2; exit 1", "does not print its digest: no such image"),
        ('echo \'{"digest": "latest"}\'', "prints 'latest' for python:3.13-slim, which is not a digest"),
    ],
)
def test_an_image_without_a_digest_that_cannot_be_asked_for_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    docker(tmp_path, monkeypatch, script)
    dockerfile(tmp_path, "python:3.13-slim")
    with pytest.raises(DigestUnknown, match=says):
        resolve_images(tmp_path, upgrade=False)
