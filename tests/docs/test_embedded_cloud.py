from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.docs.pages import Page


def test_every_resource_that_does_nothing_on_a_laptop_is_named(root: Path) -> None:
    # Read, not imported: the overlay belongs into the emulator's process.
    source = (root / "scripts" / "localcloud" / "overlay" / "placeholders.py").read_text()
    named = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    accepted = {value for value in named if isinstance(value, str) and re.fullmatch(r"AWS::\w+::\w+", value)}
    told = Page.read("docs/reference/embedded-cloud.md").section("What does nothing")
    assert set(re.findall(r"`(AWS::\w+::\w+)`", told)) == accepted
