"""Free text: what people wrote in words, which no two rows need to share."""

from __future__ import annotations

from keepfit.definitions.drafting.table import Words
from keepfit.features.schema.types.category import MAX_CATEGORY_LENGTH

_MIN_VALUES = 50
# Sentences: many words a text. Titles and names: fewer, but the words come again in other rows.
_WORDS_OF_SENTENCE, _NEW_OF_SENTENCE, _DISTINCT_SENTENCES = 4.0, 0.6, 0.3
_WORDS_OF_TITLE, _NEW_OF_TITLE, _DISTINCT_TITLES = 1.8, 0.4, 0.5


def is_text(words: Words | None, *, present: int, distinct: int) -> bool:
    """Whether a column of words is free text rather than names or codes.

    Args:
        words: what its values are made of; None for a column of few values.
        present: how many rows have a value.
        distinct: how many different values those are.
    """
    if words is None or distinct < _MIN_VALUES:
        return False
    if words.longest > MAX_CATEGORY_LENGTH:
        return True
    share = distinct / present
    sentences = (
        words.per_text >= _WORDS_OF_SENTENCE
        and words.new <= _NEW_OF_SENTENCE
        and share >= _DISTINCT_SENTENCES
    )
    titles = words.per_text >= _WORDS_OF_TITLE and words.new <= _NEW_OF_TITLE and share >= _DISTINCT_TITLES
    return sentences or titles
