"""Generated parts equal their code; to renew them: .venv/bin/python -m tests.docs.generate."""

from __future__ import annotations

import pytest

from tests.docs.generate.parts import PARTS
from tests.docs.pages import Page, pages


@pytest.mark.parametrize("part", PARTS)
def test_a_generated_part_is_what_the_code_says(part: str) -> None:
    name, make = PARTS[part]
    assert Page.read(name).generated[part] == make()


def test_every_generated_part_is_known() -> None:
    found = {(part, page.name) for page in pages() for part in page.generated}
    # One is made of templates: tests.infra.access holds it.
    made_elsewhere = {("access", "docs/reference/access.md")}
    assert found == {(part, name) for part, (name, _) in PARTS.items()} | made_elsewhere
