"""docs/reference/access.md: who may do what on what, and because of which call.

Written anew, after a change that is meant, by ``python -m tests.infra.access.table <assembly>``.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from planning.templates import read
from tests.infra.access.comparison import Key, Role
from tests.infra.access.roles import Assembly
from tests.infra.assembly import ROOT

PATH = ROOT / "docs" / "reference" / "access.md"
_ASSET = re.compile(r"cdk-\w+-assets-<AccountId>-<Region>/[0-9a-f]{64}\.")
_HEAD = """# Who may do what

Every role of the stacks, as the templates grant it, and the calls that need it, as the code makes them. A call without
a grant fails a test, and so does a grant without a call. Written by `python -m tests.infra.access.table <assembly>`.

What stands in angle brackets is a name that only the deployment knows, the model's or the dataset's.

<!-- generated: access -->
| who | may | on | for |
|---|---|---|---|
"""
_FOOT = "<!-- end -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Actions of a role that are granted on the same for the same reason."""

    who: frozenset[str]
    may: frozenset[str]
    on: frozenset[str]
    why: frozenset[str]

    def __str__(self) -> str:
        cells = (
            ", ".join(sorted(self.who)),
            "<br>".join(f"`{action}`" for action in sorted(self.may)),
            "<br>".join(f"`{place}`" for place in sorted(self.on)),
            ", ".join(sorted(self.why)),
        )
        return f"| {' | '.join(cells)} |"


def rows(roles: Mapping[Key, Role]) -> list[Row]:
    """Roles that differ in the name of their model or dataset alone are the same."""
    names, found = _names(), defaultdict[tuple[frozenset[str], ...], set[str]](set)
    for role in roles.values():
        for action, places in role.granted.items():
            on = frozenset(_general(place, names) for place in places)
            why = frozenset(role.needs[action] | role.asked[action])
            found[frozenset(role.holders), on, why].add(action)
    made = [Row(who=who, may=frozenset(may), on=on, why=why) for (who, on, why), may in found.items()]
    return sorted(made, key=lambda row: (sorted(row.who), sorted(row.may), sorted(row.on)))


def render(found: Iterable[Row]) -> str:
    return _HEAD + "".join(f"{row}\n" for row in found) + _FOOT


def parse(text: str) -> list[Row]:
    """The inverse of ``render``."""
    lines = [
        line.strip("| ").split(" | ") for line in text.removeprefix(_HEAD).removesuffix(_FOOT).splitlines()
    ]
    return [
        Row(
            who=frozenset(who.split(", ")),
            may=frozenset(action.strip("`") for action in may.split("<br>")),
            on=frozenset(place.strip("`") for place in on.split("<br>")),
            why=frozenset(why.split(", ")),
        )
        for who, may, on, why in lines
    ]


def _general(place: str, names: Mapping[str, str]) -> str:
    place = _ASSET.sub("<assets>/<digest>.", place)
    for name, kind in names.items():
        place = re.sub(rf"(?<![a-z]){re.escape(name)}(?![a-z])", kind, place)
    return place


def _names() -> dict[str, str]:
    """The models and datasets that are deployed, in each spelling."""
    found = {}
    for file in sorted((ROOT / "models").glob("*.toml")):
        defined = tomllib.loads(file.read_text())
        for kind in ("model", "dataset"):
            for name in defined.get(kind, {}):
                found |= {name: f"<{kind}>", name.replace("_", "-"): f"<{kind}>"}
    return found


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(render(rows(Assembly(read(Path(sys.argv[1]))).roles())))
