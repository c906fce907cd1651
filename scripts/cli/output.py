"""Output of a command: data on stdout, all else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from cli.exits import CommandError, Exit
from keepfit.views.document import to_json

# Where there is no terminal Rich assumes 80 columns, and would cut ids in two.
_PIPE_WIDTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The result of a command: ``document`` for --json, ``parts`` for people (text, or what Rich draws).

    ``hints`` are for people too, and not data. An ``exit_code`` other than OK is explained by the parts.
    """

    document: Any
    parts: tuple[RenderableType, ...] = ()
    hints: tuple[str, ...] = ()
    exit_code: Exit = Exit.OK


def show(shown: Shown, *, as_json: bool) -> None:
    """Prints a result, for people or as one JSON document."""
    if as_json:
        show_document(shown.document)
        return
    console = _console(sys.stdout)
    for part in shown.parts:
        if isinstance(part, str):
            sys.stdout.write(part + "\n")
        else:
            console.print(part)
    for hint in shown.hints:
        _console(sys.stderr).print(Text(hint), soft_wrap=True)


def show_error(error: CommandError, *, as_json: bool) -> None:
    """Prints an error for people on stderr, and with --json also as the one document on stdout."""
    if as_json:
        show_document(to_document(error))
    console = _console(sys.stderr)
    console.print(Text(f"keepfit: {error}"), soft_wrap=True)
    for detail in error.details:
        place = f"instance {detail['row']}, {detail['field'] or 'the whole'}"
        console.print(Text(f"  {place}: {detail['message']}"), soft_wrap=True)


def show_document(document: Any) -> None:
    """Prints the one document of --json."""
    sys.stdout.write(to_json(document) + "\n")


def to_document(error: CommandError) -> dict[str, Any]:
    """An error as programs read it."""
    fields = {
        "kind": error.kind,
        "message": str(error),
        "exit_code": int(error.exit_code),
        "details": error.details,
    }
    return {"error": fields}


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Shows on stderr what is being waited for; calling the value shows another text."""
    console = _console(sys.stderr)
    shown = text

    def tell(new: str) -> None:
        nonlocal shown
        if new != shown:
            shown = new
            console.print(Text(new), soft_wrap=True)

    if not console.is_terminal:
        console.print(Text(text), soft_wrap=True)
        yield tell
        return
    with console.status(Text(text)) as status:
        yield lambda new: status.update(Text(new))


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, highlight=False, width=width)
