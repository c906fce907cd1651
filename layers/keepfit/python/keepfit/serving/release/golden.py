"""Golden requests: known instances with the probabilities given at registration.

A release must give them back before a client meets it: through the handler, the runtime and the memory that clients
will meet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import msgspec

from keepfit.errors import GoldenRequestsFailed
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of

# The file of a version that holds them.
GOLDEN = "golden.json"

TOLERANCE = 1e-5
_MAX_ROWS = 20
_SPREAD = 7
_MAX_SHOWN = 5
_UNSEEN = "a value that no training row had"


class GoldenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An instance as a client sends it, and its P(true)."""

    instance: dict[str, Any]
    probability: float


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a Lambda version; ``error`` is the name of the raised error, if any."""

    payload: bytes
    error: str | None = None


def choose_instances(signature: Signature, holdout: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Chooses about 20 instances: spread over the holdout, extremes, nulls, an unseen category.

    No row is among them, because they stay as long as the version: each takes every value from another row, and of
    categories only those that the model's vocabulary keeps anyway.

    Args:
        signature: the model's columns.
        holdout: instances as clients send them; at least one.
    """
    chosen: dict[str, dict[str, Any]] = {}
    for instance in _candidates(signature, holdout):
        chosen.setdefault(json.dumps(instance, sort_keys=True), instance)
    return list(chosen.values())[:_MAX_ROWS]


def _candidates(signature: Signature, holdout: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    first, columns = _mixed(signature, holdout, 0), signature.instance_columns
    categories = [column.name for column in columns if type_of(column.type).encoding == "code"]
    nullable = [column.name for column in columns if column.nullable]
    yield first
    yield {**first, **dict.fromkeys(categories, _UNSEEN)}
    yield {**first, **dict.fromkeys(nullable)}
    step = max(1, len(holdout) // _SPREAD)
    yield from (_mixed(signature, holdout, row) for row in range(0, len(holdout), step)[:_SPREAD])
    for number, column in enumerate(columns):
        if type_of(column.type).is_number:
            known = [instance[column.name] for instance in holdout if instance[column.name] is not None]
            if known:
                yield {**_mixed(signature, holdout, 2 * number), column.name: min(known)}
                yield {**_mixed(signature, holdout, 2 * number + 1), column.name: max(known)}


def _mixed(signature: Signature, holdout: Sequence[Mapping[str, Any]], row: int) -> dict[str, Any]:
    columns = signature.instance_columns
    step = max(1, len(holdout) // len(columns))
    return {
        column.name: _common(column, holdout[(row + number * step) % len(holdout)][column.name])
        for number, column in enumerate(columns)
    }


def _common(column: Column, value: Any) -> Any:
    rare = (
        type_of(column.type).encoding == "code"
        and value is not None
        and value not in (column.vocabulary or ())
    )
    return _UNSEEN if rare else value


def as_event(requests: Sequence[GoldenRequest]) -> dict[str, Any]:
    """The requests as an API Gateway event, marked as golden for the prediction log."""
    body = json.dumps({"instances": [request.instance for request in requests]})
    return {
        "version": "2.0",
        "golden": True,
        "headers": {"content-type": "application/json"},
        "body": body,
        "isBase64Encoded": False,
    }


def check_answer(requests: Sequence[GoldenRequest], invocation: Invocation, *, version: int) -> None:
    """Checks that the answer is that of ``version`` at its registration.

    Raises:
        GoldenRequestsFailed: an error, another status, another version, or other probabilities; names the rows.
    """
    if invocation.error is not None:
        _fail(f"the release raised {invocation.error}: {_shown(invocation.payload)}")
    try:
        response = json.loads(invocation.payload)
        answer = json.loads(response["body"])
        if response["statusCode"] != 200:
            _fail(f"the release answered {response['statusCode']}: {response['body']}")
        answered, served = answer["probabilities"], answer["model_version"]
    except (ValueError, LookupError, TypeError):
        _fail(f"the release answered what is no prediction: {_shown(invocation.payload)}")
    if served != version:
        _fail(f"the release answered as version {served}, and it is version {version}")
    if len(answered) != len(requests):
        _fail(f"the release answered {len(answered)} rows of {len(requests)}")
    wrong = [
        f"row {row}: {found!r} for {request.instance}, and {request.probability!r} is on record"
        for row, (request, found) in enumerate(zip(requests, answered, strict=True))
        if not _close(found, request.probability)
    ]
    if wrong:
        _fail(f"{len(wrong)} of {len(requests)} probabilities differ: " + "; ".join(wrong[:_MAX_SHOWN]))


def _close(found: object, known: float) -> bool:
    return isinstance(found, (int, float)) and abs(found - known) <= TOLERANCE * max(1.0, abs(known))


def _shown(payload: bytes) -> str:
    return payload[:500].decode(errors="replace")


def _fail(reason: str) -> NoReturn:
    raise GoldenRequestsFailed(f"{reason}; the version stays registered, and the champion keeps serving")
