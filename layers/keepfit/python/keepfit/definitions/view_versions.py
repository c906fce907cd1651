"""Versions of feature views, and references to them: `view@1:field`, `view:field` for the newest.

The first version of a view is `[feature_view.NAME]`, the second `[feature_view."NAME@2"]` beside it. Or the newest
keeps the plain name and says `version = 2`, and the one before becomes `[feature_view."NAME@1"]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from keepfit.features.schema.view_definition import FeatureViewDefinition

NUMBERED: Final = re.compile(r"(.+)@([1-9][0-9]{0,3})")
Views = Mapping[str, FeatureViewDefinition]


def version_of(name: str, view: FeatureViewDefinition) -> int:
    """The version of a view that its table's name says, or else its key `version`; 1 where neither does.

    >>> view = FeatureViewDefinition(dataset="d", entity=["e"], latest=["f"])
    >>> version_of("weather", view), version_of("weather@3", view)
    (1, 3)
    """
    numbered = NUMBERED.fullmatch(name)
    return int(numbered[2]) if numbered else view.version or 1


def view_and_field(views: Views, reference: str) -> tuple[str, str]:
    """The table of the view that a reference means, and the field; an unknown view stays as written."""
    named, _, field = reference.partition(":")
    numbered = NUMBERED.fullmatch(named)
    family = _family(views, numbered[1] if numbered else named)
    wanted = int(numbered[2]) if numbered else max(family, default=1)
    return family.get(wanted, named), field


def views_of(views: Views, references: list[str]) -> list[str]:
    """The tables of the views that references mean, each once."""
    return list(dict.fromkeys(view_and_field(views, reference)[0] for reference in references))


def version_mistakes(views: Views, name: str) -> Iterator[str]:
    """What is wrong with the version of one view beside the others of its name."""
    view, numbered = views[name], NUMBERED.fullmatch(name)
    version, table = version_of(name, view), f"[feature_view.{name}]"
    if numbered and view.version and view.version != version:
        yield f"{table} version = {view.version} is not what its name says; leave it out, or rename the table"
    same = [
        other
        for other, each in views.items()
        if other != name and _base(other) == _base(name) and version_of(other, each) == version
    ]
    for other in same:
        yield (
            f"{table} is version {version} of {_base(name)}, and so is [feature_view.{other}]; give one the next number"
        )


def _family(views: Views, base: str) -> dict[int, str]:
    """The tables of all versions of a view."""
    return {version_of(name, view): name for name, view in views.items() if _base(name) == base}


def _base(name: str) -> str:
    return name.partition("@")[0]
