"""Declares commands: functions from options to results; adds the place's options and the output."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from cli.failures import expected
from cli.output import Shown, show, show_error
from cli.places.chosen_place import Where
from cli.places.place import PANEL, PLACE, PROFILE, REGION

_JSON = typer.Option("--json", rich_help_panel=PANEL, help="Print one JSON document on stdout.")
# What a command gets from here, and not from its command line.
_GIVEN = ("deployment", "where")
_PLACE_OPTIONS = {
    "place": Annotated[str | None, PLACE],
    "profile": Annotated[str | None, PROFILE],
    "region": Annotated[str | None, REGION],
}


def at_place(function: Callable[..., Shown]) -> Callable[..., None]:
    """Declares a command at a place: ``function`` takes the Deployment, the command the place's options."""
    return at_any_place(
        functools.wraps(function)(lambda where, **options: function(where.deployment(), **options))
    )


def at_any_place(function: Callable[..., Shown]) -> Callable[..., None]:
    """Declares a command that may make its place first: ``function`` takes the Where."""

    def call(options: dict[str, Any]) -> Shown:
        where = Where(**{name: options.pop(name) for name in _PLACE_OPTIONS})
        return function(where, **options)

    return _declared(function, call, {name: (kind, None) for name, kind in _PLACE_OPTIONS.items()})


def anywhere(function: Callable[..., Shown]) -> Callable[..., None]:
    """Declares a command that needs no place."""
    return _declared(function, lambda options: function(**options), {})


@contextmanager
def reported(*, as_json: bool) -> Iterator[None]:
    """Turns expected errors into a message and an exit code; others stay tracebacks."""
    try:
        yield
    except Exception as error:
        failure = expected(error)
        if failure is None:
            raise
        show_error(failure, as_json=as_json)
        raise typer.Exit(failure.exit_code) from error


def _declared(
    function: Callable[..., Shown],
    call: Callable[[dict[str, Any]], Shown],
    options: dict[str, tuple[Any, Any]],
) -> Callable[..., None]:
    """The command that ``call`` is, with ``function``'s own parameters and ``options`` as its options."""
    options = {**options, "as_json": (Annotated[bool, _JSON], False)}
    own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.name not in _GIVEN]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in options.items()
    ]

    @functools.wraps(function)
    def command(**values: Any) -> None:
        as_json = values.pop("as_json")
        with reported(as_json=as_json):
            shown = call(values)
        show(shown, as_json=as_json)
        raise typer.Exit(shown.exit_code)

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + added
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command
