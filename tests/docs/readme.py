"""The README, as text and by its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Readme:
    """The README's ``text``; headings are looked for outside of fenced blocks only."""

    text: str

    def blocks(self, language: str) -> list[str]:
        """What stands in each fenced block of a language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    def headings(self) -> list[str]:
        """The words of every heading, in order."""
        return re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)

    def section(self, heading: str) -> str:
        """What stands below a heading, up to the next."""
        found = re.search(
            rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", self.prose, re.MULTILINE | re.DOTALL
        )
        assert found, f"the README has no heading {heading!r}"
        return found[1]

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of each row of a section's table, without its head."""
        lines = [line for line in self.section(heading).splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]
