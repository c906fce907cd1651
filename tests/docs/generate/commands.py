"""The commands, from their declarations."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from cli.app import app
from cli.exits import Exit
from tests.docs.generate.markdown import table
from tests.docs.pages import ROOT


def commands() -> str:
    """An overview of all commands, one section each, the options that many share, and the exit codes."""
    known = dict(leaves(typer.main.get_command(app)))
    shared = {
        option.name: option for command in known.values() for option in command.params if _panel(option)
    }
    overview = table(
        ["command", "does"],
        [
            [f"[`{_usage(name, one)}`](#keepfit-{name.replace(' ', '-')})", _sentence(one.help)]
            for name, one in known.items()
        ],
    )
    (panel,) = {_panel(option) for option in shared.values()}
    exits = table(["code", "meaning"], [[f"{code:d}", _sentence(said)] for code, said in _exits().items()])
    return "\n".join(
        [
            overview,
            f"## {panel}\n\n{_options(list(shared.values()))}",
            f"## Exit codes\n\n{exits}",
            *(_section(name, command) for name, command in known.items()),
        ]
    )


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command by its words."""
    command = getattr(command, "loaded", command)
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, part in command.commands.items():
        yield from leaves(part, (*path, name))


def _section(name: str, command: Any) -> str:
    own = [one for one in command.params if not _panel(one) and not one.hidden]
    text = f"## `keepfit {name}`\n\n```\n{_usage(name, command)}\n```\n\n{_sentence(command.help)}\n"
    return f"{text}\n{_options(own)}" if own else text


def _usage(name: str, command: Any) -> str:
    words = ["keepfit", name]
    for one in command.params:
        if one.param_type_name == "argument":
            word = f"<{one.name}>" + ("..." if one.nargs < 0 else "")
            words.append(word if one.required else f"[{word}]")
        elif one.required:
            words.append(f"{one.opts[0]} <text>")
    return " ".join(words)


def _options(parameters: list[Any]) -> str:
    rows = [[_spelled(one), _standard(one), _sentence(one.help)] for one in parameters]
    return table(["argument or option", "default", "meaning"], rows)


def _spelled(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`<{parameter.name}>`"
    value = "" if parameter.is_flag else f" {parameter.metavar or '<' + parameter.name + '>'}"
    return ", ".join(f"`{option}{value}`" for option in parameter.opts)


def _standard(parameter: Any) -> str:
    if parameter.required:
        return "required"
    match parameter.default:
        case None | "" | bool():
            return ""
        case float():
            return f"`{parameter.default:g}`"
        case Path():
            return f"`{parameter.default.relative_to(ROOT)}/`"
    return f"`{parameter.default}`"


def _panel(parameter: Any) -> str | None:
    return getattr(parameter, "rich_help_panel", None)


def _sentence(text: str | None) -> str:
    """A help text on one line, with nothing in it that Markdown would take for HTML."""
    return " ".join((text or "").split()).replace("<", "\\<")


def _exits() -> dict[Exit, str]:
    """What the string below each member of Exit says; Python keeps no docstring of a member."""
    (declared,) = ast.parse(inspect.getsource(Exit)).body
    body = declared.body  # type: ignore[attr-defined]
    pairs = pairwise(body)
    return {
        Exit[member.targets[0].id]: said.value.value
        for member, said in pairs
        if isinstance(member, ast.Assign) and isinstance(said, ast.Expr)
    }
