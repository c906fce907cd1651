"""Renews what is generated in the documentation: python -m tests.docs.generate."""

from __future__ import annotations

from tests.docs.generate.parts import PARTS
from tests.docs.pages import Page

for part, (name, make) in PARTS.items():
    page = Page.read(name)
    page.path.write_text(page.renewed(part, make()))
