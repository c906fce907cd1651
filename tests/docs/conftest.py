"""The pages and definitions that tests of the documentation read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keepfit.definitions import compiling
from keepfit.definitions.model import Catalogue
from tests.docs.pages import ROOT, Page, pages


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def every_page() -> list[Page]:
    return list(pages())


@pytest.fixture(scope="session")
def defined(every_page: list[Page], root: Path, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """What all TOML examples define, each counted once wherever it stands, and the model that is in use."""
    folder = tmp_path_factory.mktemp("models")
    # Pages that add to the library before they define are followed by test_extensions.
    plain = [page for page in every_page if not page.blocks("python")]
    shown = dict.fromkeys(block for page in plain for block in page.blocks("toml"))
    for number, block in enumerate(shown):
        (folder / f"{number}.toml").write_text(block)
    shutil.copy(root / "models" / "flights.toml", folder)
    return compiling.load(folder)
