"""The specification of a model's task, readable without numpy."""

from __future__ import annotations

from typing import Final

import msgspec

_FORMER_NAMES: Final = {"classification": "binary"}


class TaskSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that turns a model's outputs into an answer; ``kind`` names the task.

    ``classes`` are those that a model tells apart, in the order of its outputs, where the label does not fix them.
    """

    kind: str
    classes: list[str | int] | None = None


BINARY: Final = TaskSpec(kind="binary")
"""What a signature without a task means: there was no other."""


def kind_of(name: str) -> str:
    """The present name of a task, for any name that it ever had."""
    return _FORMER_NAMES.get(name, name)
