"""The order of a graph's nodes: each before those that it asks, and circles where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def ordered(first: str, asks: Mapping[str, Sequence[str]]) -> list[str]:
    """The nodes that ``first`` asks, and those ask; each stands before those that it asks.

    Args:
        first: the node that answers.
        asks: of each node, whom it asks; without circles.

    >>> ordered("a", {"a": ["b", "c"], "b": ["c"], "c": [], "d": ["a"]})
    ['a', 'b', 'c']
    """
    done: dict[str, None] = {}

    def visit(node: str) -> None:
        if node not in done:
            for asked in reversed(asks[node]):
                visit(asked)
            done[node] = None

    visit(first)
    return list(reversed(done))


def circle(asks: Mapping[str, Sequence[str]]) -> list[str]:
    """The nodes of a circle, the first again at the end; empty where there is none.

    >>> circle({"a": ["b"], "b": ["c"], "c": ["b"]}), circle({"a": ["b", "b"], "b": []})
    (['b', 'c', 'b'], [])
    """
    done: set[str] = set()

    def visit(node: str, path: tuple[str, ...]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        found = next((some for asked in asks[node] if (some := visit(asked, (*path, node)))), [])
        done.add(node)
        return found

    return next((found for node in asks if (found := visit(node, ()))), [])
