"""Ended uploads for people: rows left out or repeated, what does not fit, and what to ask next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType

from cli.rendering.file_report import problem_parts
from cli.upload_ids import short_id


def left_out(one: dict[str, Any]) -> str | None:
    """How many rows of a file that became data did not; None where all did."""
    if one["outcome"] != "taken" or not one["bad_rows"]:
        return None
    in_all = one["rows"] + one["bad_rows"]
    return f"{one['file']}: {one['bad_rows']:,} of {in_all:,} rows were left out."


def repeated(one: dict[str, Any]) -> str | None:
    """How many rows of an ingested file were there before; None where none was, or none was counted."""
    rows, known, twice = one["rows"], one["known_rows"], one["duplicate_rows"]
    if one["outcome"] != "taken" or not (known or twice):
        return None
    counts = [f"{known:,} were there already"] if known else []
    counts += [f"{twice:,} come twice in it"] if twice else []
    return f"{one['file']}: {rows:,} rows, of which {' and '.join(counts)}; they count once."


def problems_of(dataset: str, uploaded: dict[str, Any]) -> Iterator[RenderableType]:
    """What does not fit of an uploaded file, and the keys that would take it."""
    if uploaded["report"]:
        yield f"{uploaded['file']}:"
        yield from problem_parts(dataset, uploaded["report"])


def hints(dataset: str, ended: Sequence[dict[str, Any]], *, waited: bool) -> tuple[str, ...]:
    """The command that shows rows that were left out, or without --wait the outcomes."""
    if not waited:
        return (f"What becomes of them: keepfit datasets show {dataset}, and keepfit quarantine {dataset}",)
    return tuple(
        f"Each with row, field, reason and value: keepfit quarantine {dataset} {short_id(one['sha256'])}"
        if one["outcome"] == "taken"
        else f"Its bad rows: keepfit quarantine {dataset} {one['version_id']}"
        for one in ended
        if one["bad_rows"]
    )


def read_again(answer: dict[str, Any]) -> str:
    """The outcome of an upload that was read again, in words."""
    if answer["outcome"] == "refused":
        return f"{answer['key']} is refused: {answer['reason']}"
    rows, left_out = (f"{answer[name]:,}" for name in ("rows", "bad_rows"))
    where = f"version {answer['version']} of {answer['dataset']}"
    since = f"{answer['key']}: {rows} rows are in {where}, and {left_out} were left out"
    told = [f"{one['contract']}: {one['reason']}" for one in answer.get("contracts", ())]
    more = [
        *([answer["reason"]] if answer["reason"] else []),
        *(["contracts: " + "; ".join(told)] if told else []),
    ]
    return f"{since}; {'; '.join(more)}" if more else f"{since}."
