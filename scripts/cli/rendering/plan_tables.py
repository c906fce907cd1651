"""Tables of a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import RenderableType

from cli.rendering.tables import table
from planning.breaking import Use
from planning.changes import Change
from planning.costs import Cost
from planning.plan import Plan

_FULLEST = 8


def plan_parts(plan: Plan) -> tuple[RenderableType, ...]:
    """The plan for people: what would break comes last, where it is read."""
    return (
        table("Resources", ["stack", "resources", "most of them"], map(_resources, plan.resources.items())),
        *_changes(plan),
        _costs(f"At idle, ${plan.idle_dollars:.2f} a month ({plan.region}, {plan.price_date})", plan.idle),
        *_loaded(plan),
        table(
            "Quotas, the fullest",
            ["quota", "used", "limit", "share"],
            [(use.quota, use.used, use.limit, f"{use.share:.0%}") for use in _fullest(plan.quotas)],
        ),
        table(
            "What would break",
            ["stack", "what", "found", "do"],
            [(each.stack, each.what, each.found, each.do) for each in plan.problems],
            empty="nothing that can be told from templates",
        ),
    )


def _resources(found: tuple[str, dict[str, int]]) -> tuple[Any, ...]:
    stack, counts = found
    most = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:4]
    return stack, sum(counts.values()), ", ".join(f"{count} {_short(kind)}" for kind, count in most)


def _changes(plan: Plan) -> Iterable[RenderableType]:
    if plan.compared_with is None:
        return
    title = f"Changes at {plan.compared_with}"
    yield table(
        title,
        ["stack", "change", "resource", "properties", ""],
        map(_change, plan.changes),
        empty="none",
    )


def _change(change: Change) -> tuple[Any, ...]:
    lost = "what it holds stays behind" if change.leaves_data else None
    return change.stack, change.kind, f"{_short(change.type)} {change.resource}", change.properties, lost


def _loaded(plan: Plan) -> Iterable[RenderableType]:
    if plan.loaded:
        load = f"{plan.load.requests:,} requests and {plan.load.trainings:,} trainings a model"
        yield _costs(f"On top, ${plan.load_dollars:.2f} a month: {load}", plan.loaded)


def _costs(title: str, costs: Sequence[Cost]) -> RenderableType:
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for cost in costs:
        line = sums[cost.what, cost.service, cost.unit]
        line[0] += cost.quantity
        line[1] += cost.dollars
    rows = [
        (what, f"{quantity:,.2f} {unit.replace('_', ' ')}", service.replace("_", " "), f"${dollars:,.2f}")
        for (what, service, unit), (quantity, dollars) in sums.items()
    ]
    return table(title, ["what", "quantity", "service", "a month"], rows)


def _fullest(quotas: Sequence[Use]) -> Sequence[Use]:
    return [use for use in quotas if use.used][:_FULLEST]


def _short(kind: str) -> str:
    """The type of a resource without its maker.

    >>> _short("AWS::Lambda::Function")
    'Lambda Function'
    """
    return kind.removeprefix("AWS::").replace("::", " ")
