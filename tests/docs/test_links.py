from __future__ import annotations

import re
from pathlib import Path

from tests.docs.readme import Readme


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_inside_leads_somewhere(readme: Readme, root: Path) -> None:
    anchors = {_anchor(heading) for heading in readme.headings()}
    targets = re.findall(r"\]\(([^)\s]+)\)", readme.prose)
    inside = [target for target in targets if "://" not in target]
    assert inside
    for target in inside:
        path, _, anchor = target.partition("#")
        assert not path or (root / path).exists(), target
        assert path or anchor in anchors, target


def test_every_path_named_is_there(readme: Readme, root: Path) -> None:
    named = re.findall(r"`((?:layers|functions|infra|scripts|tests|models)/[\w./-]*)`", readme.prose)
    assert named
    assert [name for name in named if not (root / name).exists()] == []


def test_the_changelog_names_the_version(root: Path) -> None:
    assert "## Unreleased" in (root / "CHANGELOG.md").read_text()
