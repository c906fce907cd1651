"""Exit codes of commands, and the error that has one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """0 done, 1 failed, 2 not understood, 3 not there, 4 refused, 5 place not reachable, 6 not finished."""

    OK = 0
    """Done."""
    FAILED = 1
    """It was tried and went wrong; the message says what."""
    USAGE = 2
    """The command line cannot be understood."""
    NOT_FOUND = 3
    """A model, version, run, dataset or file that is not there."""
    REFUSED = 4
    """Understood, and decided against: a suppressed training, a refused upload, an invalid request."""
    UNREACHABLE = 5
    """No place to work on: no embedded cloud is up, no credentials, the service does not answer."""
    UNFINISHED = 6
    """Still under way when there was no more patience to wait."""


_OF_ERRORS = {
    "InvalidDefinition": Exit.FAILED,
    "InvalidRequest": Exit.REFUSED,
    "NotFound": Exit.NOT_FOUND,
    "RefusedDraft": Exit.REFUSED,
    "RefusedUpload": Exit.REFUSED,
    "ServiceUnavailable": Exit.UNREACHABLE,
    "Superseded": Exit.REFUSED,
    "Throttled": Exit.UNREACHABLE,
}


class CommandError(Exception):
    """A command that did not do what it was run for; the message says what, why, and the next command.

    ``kind`` is the name for programs: that of the error that a function raised, where it was one. ``details`` are
    what an answer of the API says of single rows.
    """

    def __init__(
        self,
        message: str,
        exit_code: Exit = Exit.FAILED,
        kind: str | None = None,
        details: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.kind = kind or exit_code.name.lower()
        self.details = list(details)


def exit_of(error_name: str) -> Exit:
    """The exit code for one of keepfit's errors, by the name of its class."""
    return _OF_ERRORS.get(error_name, Exit.FAILED)
