"""The plan of a deployment: resources, changes, costs, quotas, and what would break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from planning.breaking import Problem, Use, problems, uses
from planning.changes import Change, changes
from planning.costs import Cost, Load, Sizes, idle_costs, load_costs
from planning.prices import Prices
from planning.templates import Json, Template


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment makes, changes and costs.

    Args:
        resources: how many of each type, by stack.
        compared_with: the place whose stacks ``changes`` are from; None where there is none.
        price_date: the day on which the prices of ``region`` were read.
        idle_dollars, load_dollars: sums of a month's costs; the load's come on top.
    """

    resources: dict[str, dict[str, int]]
    compared_with: str | None
    changes: list[Change]
    region: str
    price_date: str
    idle: list[Cost]
    idle_dollars: float
    load: Load
    loaded: list[Cost]
    load_dollars: float
    quotas: list[Use]
    problems: list[Problem]


def make_plan(
    templates: Sequence[Template],
    *,
    load: Load,
    prices: Prices,
    unpacked: Mapping[str, int],
    sizes: Sizes,
    deployed: Mapping[str, Json] | None = None,
    compared_with: str | None = None,
) -> Plan:
    """The plan of templates, beside the ``deployed`` ones where there are any."""
    planned = {template.name: template.document for template in templates}
    idle, loaded = idle_costs(templates, prices, sizes), load_costs(templates, prices, sizes, load)
    return Plan(
        resources={
            template.name: dict(Counter(each["Type"] for each in template.document["Resources"].values()))
            for template in templates
        },
        compared_with=compared_with,
        changes=[] if compared_with is None else changes(deployed or {}, planned),
        region=prices.region,
        price_date=prices.date,
        idle=idle,
        idle_dollars=sum(cost.dollars for cost in idle),
        load=load,
        loaded=loaded,
        load_dollars=sum(cost.dollars for cost in loaded),
        quotas=uses(templates),
        problems=problems(templates, unpacked),
    )
