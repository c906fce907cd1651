"""Texts of JSON in golden requests: what the model reads of them, and no word that it does not keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from keepfit.features.expressions.json_access import keys_of
from keepfit.features.expressions.python_row import accesses_of
from keepfit.features.schema.signature import Signature


def known_json(column: str, signature: Signature, unseen: str) -> Callable[[str | None], str | None]:
    """A function of a text to what is known of it: keys that are read, numbers, words of vocabularies.

    Any other text in it is ``unseen``, and so is one that is no JSON.
    """
    readers = [
        (derived, path)
        for derived in signature.columns
        for name, path in accesses_of(derived.expression)
        if name == column
    ]
    keys = {key for _, path in readers for key in keys_of(path)}
    words = {word for derived, _ in readers for word in derived.vocabulary or ()}

    def known(text: str | None) -> str | None:
        if text is None:
            return None
        try:
            return json.dumps(_known(json.loads(text), keys, words, unseen))
        except (ValueError, RecursionError):
            return unseen

    return known


def _known(value: Any, keys: Collection[str], words: Collection[str], unseen: str) -> Any:
    if isinstance(value, dict):
        return {key: _known(inner, keys, words, unseen) for key, inner in value.items() if key in keys}
    if isinstance(value, list):
        return [_known(inner, keys, words, unseen) for inner in value]
    return unseen if isinstance(value, str) and value not in words else value
