"""The length of the histories of an execution and its children, and the size of their payloads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.places.deployment import Deployment

_PAYLOADS = ("input", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Events of an execution, the most of one of its ``children``, and the bytes of the largest payload."""

    events: int
    children: int
    most_of_a_child: int
    largest_payload: int


def extent_of(deployment: Deployment, execution: str) -> Extent:
    """Measures an execution that has ended."""
    states = deployment.place.client("stepfunctions")
    children = [
        child["executionArn"]
        for map_run in states.list_map_runs(executionArn=execution)["mapRuns"]
        for child in _pages(states, "list_executions", "executions", mapRunArn=map_run["mapRunArn"])
    ]
    own, *others = ([*_events(states, arn)] for arn in (execution, *children))
    return Extent(
        events=len(own),
        children=len(children),
        most_of_a_child=max(map(len, others), default=0),
        largest_payload=max(size for events in (own, *others) for event in events for size in _sizes(event)),
    )


def _events(states: Any, execution: str) -> Iterator[dict[str, Any]]:
    yield from _pages(states, "get_execution_history", "events", executionArn=execution)


def _pages(states: Any, operation: str, what: str, **asked: str) -> Iterator[dict[str, Any]]:
    for page in states.get_paginator(operation).paginate(**asked):
        yield from page[what]


def _sizes(event: dict[str, Any]) -> Iterator[int]:
    """The size in bytes of each payload in an event."""
    yield 0
    for name, details in event.items():
        if name.endswith("EventDetails"):
            yield from (len(str(details[key]).encode()) for key in _PAYLOADS if key in details)
