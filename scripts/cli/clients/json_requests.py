"""Bodies of requests from files and options, and refusals as errors of a command."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cli.clients import https
from cli.exits import CommandError, Exit


def refused(url: str, answer: https.Response, start: int) -> CommandError:
    """What the API said; rows are counted over all instances, from 0."""
    try:
        problem = json.loads(answer.body)
    except ValueError:
        problem = {"message": answer.body[:500].decode(errors="replace")}
    if not isinstance(problem, dict):
        problem = {"message": str(problem)}
    # API Gateway's own refusals have a "message" and nothing else.
    message = f"HTTP {answer.status} from {url}: {problem.get('detail') or problem.get('message', problem)}"
    details = [{**error, "row": error["row"] + start} for error in problem.get("errors", [])]
    code = Exit.REFUSED if answer.status < 500 else Exit.FAILED
    if answer.status in (404, 503):  # no such model; none of its versions is released
        code = Exit.NOT_FOUND
    return CommandError(message, code, problem.get("code"), details)


def objects_of(file: str | None, given: list[str], *, what: str, key: str) -> list[Any]:
    """The objects in a file, - is stdin, and those given as JSON; a body has them under ``key``."""
    texts = [*given, *([] if file is None else [_read(file)])]
    parsed = [one for text in texts for one in _parse(text, key)]
    if not parsed:
        raise CommandError(f"no {what} was given; use --{what} or --file", Exit.USAGE)
    return parsed


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    path = Path(file)
    if not path.is_file():
        raise CommandError(f"there is no file {path}", Exit.NOT_FOUND)
    return path.read_text(encoding="utf-8")


def _parse(text: str, key: str) -> list[Any]:
    """The objects of one JSON document, or of JSON Lines."""
    try:
        document = json.loads(text)
    except ValueError as error:
        # Not splitlines: JSON may hold U+2028 and U+0085 as they are.
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise CommandError(f"the {key} are not JSON: {error}", Exit.USAGE) from error
        return [one for line in lines for one in _parse(line, key)]
    if isinstance(document, dict):
        document = document.get(key, document)
    return document if isinstance(document, list) else [document]
