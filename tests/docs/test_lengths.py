from __future__ import annotations

import re

import pytest

from tests.docs.pages import Page, pages

PAGES = [pytest.param(page, id=page.name) for page in pages() if page.name != "CHANGELOG.md"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_short(page: Page) -> None:
    written = page.text
    for part, body in page.generated.items():
        written = written.replace(body, f"{part}\n")
    assert len(written.splitlines()) <= (140 if page.name == "README.md" else 150)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "/decisions/" in page.id and "README" not in page.id]
)
def test_a_decision_says_when_it_was_taken_and_whether_it_holds(page: Page) -> None:
    said = page.text.splitlines()[2]
    assert re.fullmatch(r"Decided on \d{4}-\d\d-\d\d; (in force|replaced by \[.+\]\(.+\.md\))\.", said), said
