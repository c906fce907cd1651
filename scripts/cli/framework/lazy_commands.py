"""Commands that are imported when they are run.

What a command needs (boto3, sqlglot, an embedded cloud) takes longer to import than most commands take to run. So
`keepfit` knows of each only its name, what its help begins with and where it is declared; `keepfit --help` needs no
more than that, and a command brings in its own module and no other's.
"""

from __future__ import annotations

import importlib
from functools import cached_property
from typing import Any

import typer
from typer.core import TyperCommand
from typer.main import get_command, get_group


class Later(TyperCommand):
    """A command, or a group of them, that is declared in ``source``: "module:name"."""

    def __init__(self, name: str, source: str, does: str) -> None:
        super().__init__(name, help=does)
        self._source = source

    @cached_property
    def loaded(self) -> Any:
        """The command itself; the first look imports its module."""
        module, _, name = self._source.partition(":")
        declared = getattr(importlib.import_module(module), name)
        if isinstance(declared, typer.Typer):
            return get_group(declared)
        alone = typer.Typer(add_completion=False)
        alone.command(self.name)(declared)
        return get_command(alone)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The loaded command's: from here on Typer has to do with that one only."""
        return self.loaded.make_context(info_name, args, parent, **extra)
