"""What a command says: data on stdout, all else on stderr."""

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
    """What a command found: ``document`` for --json, ``parts`` for people (text as it is, or something Rich draws).

    ``hints`` are for people too, and not data. An ``exit_code`` other than OK is explained by the parts.
    """

    document: Any
    parts: tuple[RenderableType, ...] = ()
    hints: tuple[str, ...] = ()
    exit_code: Exit = Exit.OK


def show(shown: Shown, *, as_json: bool) -> None:
    """Prints it, for people or as one JSON document."""
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
    """The error for people on stderr, and for programs as the one document on stdout."""
    if as_json:
        show_document(to_document(error))
    console = _console(sys.stderr)
    console.print(Text(f"keepfit: {error}"), soft_wrap=True)
    for detail in error.details:
        place = f"instance {detail['row']}, {detail['field'] or 'the whole'}"
        console.print(Text(f"  {place}: {detail['message']}"), soft_wrap=True)


def show_document(document: Any) -> None:
    """The one document that a program gets."""
    sys.stdout.write(to_json(document) + "\n")


def to_document(error: CommandError) -> dict[str, Any]:
    """An error as programs read it."""
    said = {
        "kind": error.kind,
        "message": str(error),
        "exit_code": int(error.exit_code),
        "details": error.details,
    }
    return {"error": said}


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Tells on stderr what is being waited for; calling the value with another text changes it."""
    console = _console(sys.stderr)
    said = text

    def tell(news: str) -> None:
        nonlocal said
        if news != said:
            said = news
            console.print(Text(news), soft_wrap=True)

    if not console.is_terminal:
        console.print(Text(text), soft_wrap=True)
        yield tell
        return
    with console.status(Text(text)) as status:
        yield lambda news: status.update(Text(news))


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, highlight=False, width=width)
