from __future__ import annotations

from keepfit.definitions import compiling
from keepfit.definitions.model import Catalogue
from tests.docs.generate.definitions import tables
from tests.docs.pages import Page


def test_every_key_says_what_it_means() -> None:
    lines = Page.read("docs/reference/definitions.md").generated["definitions"].splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| `")]
    assert rows
    for row in rows:
        assert len(row) == 4, row
        assert len(row[3].split()) >= 3, f"{row[0]} is not explained"


def test_every_table_of_a_definition_has_its_section() -> None:
    page = Page.read("docs/reference/definitions.md")
    headings = [line for line in page.generated["definitions"].splitlines() if line.startswith("## ")]
    assert headings == [f"## `[{'.'.join(path)}]`" for path, _ in tables(Catalogue, ())]


def test_the_definitions_shown_can_be_used(defined: Catalogue) -> None:
    assert len(defined.model) >= 4
    for name in defined.model:
        compiling.compile_model(defined, name)
