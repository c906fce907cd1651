"""Compares the grants of a role with the needs of its functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Key:
    """A resource of a stack."""

    stack: str
    logical_id: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a role: actions that it needs, and actions that it only asks for, each with the reason."""

    name: str
    needs: Sequence[tuple[str, str]]
    asked: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Role:
    """``needs`` and ``granted`` by action: why, and on what. What is ``asked`` may be refused without harm."""

    holders: set[str] = field(default_factory=set)
    needs: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    granted: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def missing(self) -> set[str]:
        return self.needs.keys() - self.granted.keys()

    @property
    def unused(self) -> set[str]:
        return self.granted.keys() - self.needs.keys() - self.asked.keys()


def complaints(roles: Mapping[Key, Role]) -> list[str]:
    """What a role lacks or has too much, and roles that nobody has."""
    said = []
    for key, role in roles.items():
        who = f"{key.stack}: {key.logical_id} ({', '.join(sorted(role.holders))})"
        if not role.holders:
            said.append(f"{who} is nobody's")
        said += [
            f"{who} needs {one} for {_why(role.needs[one])}, and is not granted it"
            for one in sorted(role.missing)
        ]
        said += [f"{who} is granted {one}, and nothing asks for it" for one in sorted(role.unused)]
    return said


def _why(reasons: set[str]) -> str:
    return ", ".join(sorted(reasons))
