"""What the tests of the documentation read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.readme import Readme

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def readme(root: Path) -> Readme:
    return Readme(text=(root / "README.md").read_text())
