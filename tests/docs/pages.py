"""The pages of the documentation: README.md, CHANGELOG.md and all of docs/."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(r"^<!-- generated: (\S+) -->\n(.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One Markdown file; headings and links are looked for outside of fenced blocks only."""

    path: Path
    text: str

    @classmethod
    def read(cls, name: str) -> Page:
        """The page at a path below the checkout."""
        return cls(path=ROOT / name, text=(ROOT / name).read_text())

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def blocks(self, language: str) -> list[str]:
        """What stands in each fenced block of a language, without the indentation of a list."""
        return [dedent(body) for _, spoken, body in _FENCED.findall(self.text) if spoken == language]

    @property
    def commands(self) -> list[list[str]]:
        """Every command line in the shell examples, as words."""
        lines = [line for block in self.blocks("sh") for line in block.splitlines()]
        return [words for line in lines if (words := shlex.split(line, comments=True))]

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCED.sub("", self.text)

    @property
    def anchors(self) -> set[str]:
        """What a link to a heading of this page may end in."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    @property
    def links(self) -> list[str]:
        """The targets of all links that stay inside the checkout."""
        targets = re.findall(r"\]\(([^)\s]+)\)", self.prose)
        return [target for target in targets if "://" not in target]

    def section(self, heading: str) -> str:
        """What stands below a heading, up to the next."""
        found = re.search(
            rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", self.prose, re.MULTILINE | re.DOTALL
        )
        assert found, f"{self.name} has no heading {heading!r}"
        return found[1]

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of each row of a section's table, without its head."""
        lines = [line for line in self.section(heading).splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]

    @property
    def generated(self) -> dict[str, str]:
        """What stands between the marks of each generated part, by the part's name."""
        return dict(_GENERATED.findall(self.text))

    def renewed(self, part: str, body: str) -> str:
        """The page's text with another body for one generated part."""

        def renew(found: re.Match[str]) -> str:
            return f"<!-- generated: {part} -->\n{body}<!-- end -->" if found[1] == part else found[0]

        return _GENERATED.sub(renew, self.text)


def pages() -> Iterator[Page]:
    """Every page."""
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        yield Page(path=path, text=path.read_text())
