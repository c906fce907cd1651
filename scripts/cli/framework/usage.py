"""Reports wrong command lines: to people as Typer does, with --json as one document."""

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
    """The outermost group: with `--json` among the words, an error in them is a document on stdout.

    No option has been parsed then: the words themselves are all that says how to report it.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        as_json = "--json" in args
        with _reported(as_json=as_json):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[_AS_JSON] = as_json
        return context

    def invoke(self, ctx: Any) -> Any:
        with _reported(as_json=ctx.meta[_AS_JSON]):
            return super().invoke(ctx)


@contextmanager
def _reported(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        if as_json:
            show_document(to_document(CommandError(_message(error), Exit(error.exit_code))))
        raise


def _message(error: typer.TyperException) -> str:
    """What is wrong, and the command that shows what is right."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "keepfit"
    return f"{message if message.endswith(('.', '?')) else message + '.'} `{command} --help` shows what it takes."
