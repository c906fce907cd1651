from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import Page, pages

PAGES = [pytest.param(page, id=page.name) for page in pages()]
_PATHS = re.compile(r"`((?:layers|functions|infra|scripts|tests|models|findings|docs)/[\w./-]*)`")
_MODULES = re.compile(r"`keepfit((?:\.[a-z_]+){2,})`")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_inside_leads_somewhere(page: Page) -> None:
    for target in page.links:
        path, _, anchor = target.partition("#")
        linked = page.path.parent / path if path else page.path
        assert linked.exists(), target
        assert not anchor or anchor in Page(path=linked, text=linked.read_text()).anchors, target


def test_every_page_is_linked_from_the_map(root: Path) -> None:
    linked = {
        (root / "docs" / target.partition("#")[0]).resolve() for target in Page.read("docs/README.md").links
    }
    linked |= {
        (root / "docs" / "decisions" / target).resolve()
        for target in Page.read("docs/decisions/README.md").links
    }
    written = {path for path in (root / "docs").rglob("*.md") if path.name != "README.md"}
    assert written - linked == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_path_and_module_named_is_there(page: Page, root: Path) -> None:
    library = root / "layers" / "keepfit" / "python" / "keepfit"
    modules = [library / name.strip(".").replace(".", "/") for name in _MODULES.findall(page.prose)]
    assert [path for path in modules if not path.is_dir() and not path.with_suffix(".py").exists()] == []
    assert [name for name in _PATHS.findall(page.prose) if not (root / name).exists()] == []


def test_the_changelog_names_the_version(root: Path) -> None:
    assert "## Unreleased" in (root / "CHANGELOG.md").read_text()
