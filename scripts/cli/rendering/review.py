"""The summary of a review as Markdown, for the comment of a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def review_markdown(document: Mapping[str, Any]) -> str:
    """What ``keepfit review`` found, in the words of its document."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    changes = document["changes"]
    yield "## keepfit review"
    yield ""
    yield f"{len(changes['files'])} files changed since `{changes['since'][:12]}`."
    yield ""
    if document["trainings"]:
        rows = [
            (each["model"], each["outcome"], each["why"], "; ".join(each["because"]))
            for each in document["trainings"]
        ]
        yield from _table(("model", "on its sample", "result", "trained because"), rows)
    else:
        yield "No model is concerned."
    if changes["removed"]:
        yield ""
        yield f"No longer defined: {', '.join(changes['removed'])}."
    yield ""
    yield from _templates(document["templates"])


def _templates(templates: Mapping[str, Any] | None) -> Iterator[str]:
    if templates is None or not templates["changes"]:
        yield "Templates are the same."
        return
    changes: list[Mapping[str, Any]] = templates["changes"]
    rows = [
        (stack, *(_counted(stack, kind, changes) for kind in ("added", "removed", "changed")))
        for stack in sorted({change["stack"] for change in changes})
    ]
    yield from _table(("stack", "added", "removed", "changed"), rows)
    yield ""
    before, after = templates["idle_before"], templates["idle_after"]
    yield (
        f"All stacks cost ${after:.2f} a month at idle by the list of {templates['price_date']}, "
        f"{after - before:+.2f}; `keepfit plan` says what for."
    )


def _counted(stack: str, kind: str, changes: Iterable[Mapping[str, Any]]) -> str:
    types = [each["type"] for each in changes if (each["stack"], each["kind"]) == (stack, kind)]
    counts = sorted(Counter(name.removeprefix("AWS::") for name in types).items())
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in counts)


def _table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    columns = [*columns]
    yield f"| {' | '.join(columns)} |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(value: Any) -> str:
    return " ".join(str(value or "-").split()).replace("|", "\\|")
