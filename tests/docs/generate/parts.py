"""The generated parts of the documentation: in which page each stands, and what makes it."""

from __future__ import annotations

from collections.abc import Callable

from tests.docs.generate.commands import commands
from tests.docs.generate.definitions import definitions
from tests.docs.generate.derive import derive
from tests.docs.generate.errors import errors
from tests.docs.generate.gates import gates
from tests.docs.generate.loop import loop

# A part stands between <!-- generated: NAME --> and <!-- end --> of its page; the rest of the page is by hand.
PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "definitions": ("docs/reference/definitions.md", definitions),
    "derive": ("docs/reference/derived-columns.md", derive),
    "commands": ("docs/reference/commands.md", commands),
    "errors": ("docs/reference/errors.md", errors),
    "gates": ("docs/explanation/gates.md", gates),
    "loop": ("docs/explanation/the-loop.md", loop),
}
