"""Golden requests: instances and the outputs of a version's own files at registration.

A release must give them back before a client meets it: through the handler, the runtime and the memory that clients
will meet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from keepfit.features.encoding.tokens import tokens_of
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of
from keepfit.serving.release.golden_json import known_json
from keepfit.tasks.answers import is_same, outputs_of

# The file of a version that holds them.
GOLDEN = "golden.json"

_MAX_ROWS = 20
_SPREAD = 7
_MAX_SHOWN = 5
_UNSEEN = "a value that no training row had"


class GoldenRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An instance as a client sends it, and the model's outputs for it, a number or several.

    ``probability`` is how those of the one task there was were written. Nothing is known of what a graph answers but
    that it is valid.
    """

    instance: dict[str, Any]
    outputs: Any = None
    probability: float | None = None

    @property
    def known(self) -> Any:
        """What is on record for the instance."""
        return self.outputs if self.probability is None else self.probability


def choose_instances(signature: Signature, holdout: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Chooses about 20 instances: spread over the holdout, extremes, nulls, an unseen category.

    No row is among them, because they stay as long as the version: each takes every value from another row, and of
    categories and texts only the values and words that the model keeps anyway.

    Args:
        signature: the model's columns.
        holdout: instances as clients send them; at least one.
    """
    chosen: dict[str, dict[str, Any]] = {}
    for instance in _candidates(signature, _Mixer(signature, holdout)):
        chosen.setdefault(json.dumps(instance, sort_keys=True), instance)
    return list(chosen.values())[:_MAX_ROWS]


def _candidates(signature: Signature, mixer: _Mixer) -> Iterator[dict[str, Any]]:
    first, columns, holdout = mixer.mix(0), signature.instance_columns, mixer.holdout
    categories = [column.name for column in columns if type_of(column.type).encoding == "code"]
    nullable = [column.name for column in columns if column.nullable]
    yield first
    yield {**first, **dict.fromkeys(categories, _UNSEEN)}
    yield {**first, **dict.fromkeys(nullable)}
    step = max(1, len(holdout) // _SPREAD)
    yield from (mixer.mix(row) for row in range(0, len(holdout), step)[:_SPREAD])
    for number, column in enumerate(columns):
        if type_of(column.type).is_number:
            known = [instance[column.name] for instance in holdout if instance[column.name] is not None]
            if known:
                yield {**mixer.mix(2 * number), column.name: min(known)}
                yield {**mixer.mix(2 * number + 1), column.name: max(known)}


class _Mixer:
    """Makes instances that take every value from another row of the holdout."""

    def __init__(self, signature: Signature, holdout: Sequence[Mapping[str, Any]]) -> None:
        self.holdout = holdout
        self._columns = [
            (column.name, _common_values(column, signature)) for column in signature.instance_columns
        ]

    def mix(self, row: int) -> dict[str, Any]:
        rows, step = len(self.holdout), max(1, len(self.holdout) // len(self._columns))
        return {
            name: common(self.holdout[(row + number * step) % rows][name])
            for number, (name, common) in enumerate(self._columns)
        }


def _common_values(column: Column, signature: Signature) -> Callable[[Any], Any]:
    """A function of a value to what of it the model keeps anyway."""
    if type_of(column.type).encoding == "code":
        known = frozenset(column.vocabulary or ())
        return lambda value: value if value is None or value in known else _UNSEEN
    if column.text is not None:
        words = frozenset(column.text.words)
        return lambda text: None if text is None else _known_words(text, words)
    if type_of(column.type).encoding == "text":
        return known_json(column.name, signature, _UNSEEN)
    return lambda value: value


def _known_words(text: str, words: frozenset[str]) -> str:
    return " ".join(token for token in tokens_of(text) if token in words) or _UNSEEN


def as_body(instances: Sequence[Mapping[str, Any]]) -> bytes:
    """A request for instances, as a client sends it."""
    return json.dumps({"instances": list(instances)}).encode()


def as_event(body: bytes) -> dict[str, Any]:
    """A request as an API Gateway event, marked as golden for the prediction log."""
    return {
        "version": "2.0",
        "golden": True,
        "headers": {"content-type": "application/json"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def problem_of(
    requests: Sequence[GoldenRequest], status: int, body: bytes, *, version: int, task: str
) -> str | None:
    """What differs from the answer of ``version`` at its registration, by row; None where nothing."""
    if status != 200:
        return f"the release answered {status}: {shown(body)}"
    try:
        answer = json.loads(body)
        answered, served = outputs_of(task, answer), answer["model_version"]
    except (ValueError, LookupError, TypeError):
        return f"the release answered what is no prediction: {shown(body)}"
    if served != version:
        return f"the release answered as version {served}, and it is version {version}"
    if len(answered) != len(requests):
        return f"the release answered {len(answered)} rows of {len(requests)}"
    wrong = [
        f"row {row}: {output!r} for {request.instance}, and {request.known!r} is on record"
        for row, (request, output) in enumerate(zip(requests, answered, strict=True))
        if request.known is not None and not is_same(output, request.known)
    ]
    if not wrong:
        return None
    return f"{len(wrong)} of {len(requests)} answers differ: " + "; ".join(wrong[:_MAX_SHOWN])


def shown(payload: bytes) -> str:
    """The beginning of an answer, for messages."""
    return payload[:500].decode(errors="replace")
