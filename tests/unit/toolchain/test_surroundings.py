from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from toolchain.surroundings import surroundings


def store(tmp_path: Path, *, file: bool = False, folder: bool = False) -> ssl.DefaultVerifyPaths:
    """Where certificates would be found, with or without any."""
    capath = tmp_path / "certificates"
    capath.mkdir()
    if folder:
        (capath / "one.pem").touch()
    return ssl.DefaultVerifyPaths("one.pem" if file else None, str(capath), "", "", "", "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "folder", "told"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_the_systems_certificates_are_used_only_where_there_are_any(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: bool, folder: bool, told: bool
) -> None:
    found = store(tmp_path, file=file, folder=folder)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: found)
    assert ({"UV_SYSTEM_CERTS", "NODE_USE_SYSTEM_CA"} <= surroundings(tmp_path, {}).keys()) is told


def test_a_mirror_and_a_proxy_stay(tmp_path: Path) -> None:
    said = {
        "PIP_INDEX_URL": "mirror",
        "UV_INDEX_URL": "mirror",
        "HTTPS_PROXY": "proxy",
        "UV_SYSTEM_CERTS": "0",
    }
    assert surroundings(tmp_path, said).items() >= said.items()


@pytest.mark.parametrize("name", ["PYTHONPATH", "VIRTUAL_ENV", "UV_TARGET", "PIP_TARGET", "UV_OVERRIDE"])
def test_nothing_leads_the_installation_elsewhere(tmp_path: Path, name: str) -> None:
    assert name not in surroundings(tmp_path, {name: "elsewhere"})


def test_no_python_is_downloaded(tmp_path: Path) -> None:
    assert surroundings(tmp_path, {})["UV_PYTHON_DOWNLOADS"] == "never"


def test_caches_stay_in_a_home_that_can_be_written(tmp_path: Path) -> None:
    assert "UV_CACHE_DIR" not in surroundings(tmp_path, {"HOME": str(tmp_path)})


@pytest.mark.parametrize("home", [{}, {"HOME": ""}, {"HOME": "/dev/null"}, {"HOME": "/nonexistent"}])
def test_without_such_a_home_caches_stay_in_the_checkout(tmp_path: Path, home: dict[str, str]) -> None:
    caches = surroundings(tmp_path, home)
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "NPM_CONFIG_CACHE"):
        assert Path(caches[name]).is_relative_to(tmp_path / ".keepfit")
