"""Fixtures of serving's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.serving.support.releasing import Releasing


@pytest.fixture
def releasing(tmp_path: Path) -> Releasing:
    return Releasing(tmp_path)
