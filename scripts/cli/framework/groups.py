"""Arguments and the group class that commands share."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

ModelArgument = Annotated[str | None, typer.Argument(help="The name of a model; all models by default.")]
OneModel = Annotated[str, typer.Argument(help="The name of a model.")]

_DEFAULT = "list"


class Group(TyperGroup):
    """A group whose word `list` may be left out: `keepfit runs x` is `keepfit runs list x`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        help_wanted = bool(args) and args[0] in ("--help", "-h")
        if not help_wanted and (not args or args[0] not in self.commands):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)
