"""Distribution: the values of a field are about as frequent as in the uploads before.

The distance is Jensen's and Shannon's, 0 where shares are equal and 1 where nothing is in both, less what as many rows
would differ by chance. Numbers are compared in tenths of the rows before.

Source: Lin, Divergence measures based on the Shannon entropy (1991).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from keepfit.features.contracts.rules.base import FileRule, NotChecked, Upload
from keepfit.features.profiles.profile import ColumnProfile, merge, upper_end
from keepfit.features.schema.contract import ContractDefinition
from keepfit.features.schema.definition import DatasetDefinition
from keepfit.features.schema.types.base import type_of

DEFAULT_SHIFT: Final = 0.2
_LEAST_ROWS: Final = 50
_GROUPS: Final = 10
_MISSING, _OTHERS = "missing", "other values"


class Distribution(FileRule):
    """See the module; a value that is missing is one like others."""

    needs: ClassVar = frozenset({"fields"})
    takes: ClassVar = frozenset({"max_shift"})

    def mistakes(
        self,
        contract: ContractDefinition,
        dataset: DatasetDefinition,
        others: Mapping[str, DatasetDefinition],
    ) -> Iterator[str]:
        for name in contract.fields or []:
            if name in dataset.fields and type_of(dataset.fields[name].type).profile is None:
                yield (
                    f"fields: {name!r} is of type {dataset.fields[name].type}, which has no distribution; name a "
                    "number, a category or a bool"
                )

    def broken(self, contract: ContractDefinition, upload: Upload) -> str | None:
        profiles = upload.history.profiles()
        if profiles is None:
            raise NotChecked("the uploads before it cannot be seen from here")
        before, limit = merge(profiles), contract.max_shift or DEFAULT_SHIFT
        found, too_few = [], []
        for name in contract.fields or []:
            own, earlier = upload.profile.columns[name], before.columns.get(name)
            if earlier is None or earlier.kind != own.kind or min(own.rows, earlier.rows) < _LEAST_ROWS:
                too_few.append(name)
                continue
            shift = distance(own, earlier)
            if shift > limit:
                found.append(
                    f"{name} is {shift:.2f} from what it was, and may be {limit:g}: {_most(own, earlier)}"
                )
        if too_few and not found:
            raise NotChecked(f"{', '.join(too_few)}: fewer than {_LEAST_ROWS} rows here or in uploads before")
        return "; ".join(found) or None


def distance(own: ColumnProfile, earlier: ColumnProfile) -> float:
    """How far the shares of a column are from those before, 0 to 1, less what chance gives."""
    groups = grouped(own, earlier)
    rows = [sum(pair[side] for pair in groups.values()) for side in (0, 1)]
    shares = [(mine / rows[0], theirs / rows[1]) for mine, theirs in groups.values()]
    divergence = sum(_part(mine, theirs) + _part(theirs, mine) for mine, theirs in shares) / 2
    by_chance = (len(groups) - 1) / (8 * math.log(2)) * (1 / rows[0] + 1 / rows[1])
    return math.sqrt(max(divergence - by_chance, 0.0))


def _part(share: float, other: float) -> float:
    return share * math.log2(2 * share / (share + other)) if share else 0.0


def grouped(own: ColumnProfile, earlier: ColumnProfile) -> dict[str, tuple[int, int]]:
    """Rows now and before by group: tenths of numbers, values, other values, and none."""
    groups = {_MISSING: (own.missing, earlier.missing), _OTHERS: (own.others, earlier.others)}
    if own.kind == "values":
        for name in {*own.counts, *earlier.counts}:
            here, there = own.counts.get(name, 0), earlier.counts.get(name, 0)
            if name in earlier.counts:
                groups[name] = (here, there)
            else:  # it may be one of those that were not named
                groups[_OTHERS] = (groups[_OTHERS][0] + here, groups[_OTHERS][1])
    else:
        groups |= _tenths(own, earlier)
    return {name: pair for name, pair in groups.items() if any(pair)}


def _tenths(own: ColumnProfile, earlier: ColumnProfile) -> dict[str, tuple[int, int]]:
    """Neighbouring bins together, so that each group has about a tenth of the rows before."""
    total, groups, name = sum(earlier.counts.values()), {}, ""
    here = there = 0
    for name in sorted({*own.counts, *earlier.counts}, key=upper_end):
        here, there = here + own.counts.get(name, 0), there + earlier.counts.get(name, 0)
        if there * _GROUPS >= total:
            groups[f"up to {upper_end(name):.4g}"] = (here, there)
            here = there = 0
    if here or there:
        groups[f"above that, up to {upper_end(name):.4g}"] = (here, there)
    return groups


def _most(own: ColumnProfile, earlier: ColumnProfile) -> str:
    """The group whose share changed most, in words."""
    groups = grouped(own, earlier)
    rows = [sum(pair[side] for pair in groups.values()) for side in (0, 1)]
    name, (mine, theirs) = max(
        groups.items(), key=lambda group: abs(group[1][0] / rows[0] - group[1][1] / rows[1])
    )
    return f"{name} in {mine / rows[0]:.0%} of the rows, {theirs / rows[1]:.0%} before"


RULE = Distribution()
