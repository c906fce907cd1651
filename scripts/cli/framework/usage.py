"""Command lines that cannot be understood: told to people by Typer, and to programs as every other error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from cli.exits import CommandError, Exit
from cli.output import show_document, to_document

_AS_JSON = "cli.framework.usage.as_json"


class Outermost(TyperGroup):
    """The outermost group: where `--json` is among the words, what is wrong with them is a document on stdout.

    The words of a command line that cannot be understood are all that says how to answer it.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        as_json = "--json" in args
        with _told(as_json=as_json):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[_AS_JSON] = as_json
        return context

    def invoke(self, ctx: Any) -> Any:
        with _told(as_json=ctx.meta[_AS_JSON]):
            return super().invoke(ctx)


@contextmanager
def _told(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        if as_json:
            show_document(to_document(CommandError(_message(error), Exit(error.exit_code))))
        raise


def _message(error: typer.TyperException) -> str:
    """What is wrong, and what shows how it is right."""
    said = error.format_message()
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "keepfit"
    return f"{said if said.endswith(('.', '?')) else said + '.'} `{command} --help` shows what it takes."
