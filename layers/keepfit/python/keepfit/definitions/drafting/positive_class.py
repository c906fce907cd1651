"""The positive class of two: the answer that is the event, and so true."""

from __future__ import annotations

from collections.abc import Sequence

_NO = frozenset(
    {
        "no",
        "n",
        "none",
        "false",
        "f",
        "off",
        "0",
        "negative",
        "neg",
        "absent",
        "never",
        "normal",
        "good",
        "ok",
    }
    | {"nein", "non", "nee", "nej", "nao", "não", "нет"}
    | {"benign", "healthy", "alive", "ham", "stayed", "control", "without", "low", "n/a", "not"}
)
_YES = frozenset(
    {"yes", "y", "true", "t", "on", "1", "positive", "pos", "present", "abnormal", "bad", "malignant", "dead"}
    | {"ja", "oui", "si", "sí", "sì", "sim", "да"}
    | {"spam", "left", "churned", "default", "fraud", "fail", "failed", "high"}
)
_DENIALS = ("no ", "not ", "non-", "no_", "not_")
_NEGATIVE_PREFIXES = ("un", "non", "in", "not", "no", "dis")


def positive_class(common: Sequence[tuple[str, int]]) -> tuple[str, str, str]:
    """The answer that is true, the one that is false, and why.

    Args:
        common: the two answers with how many rows have them.

    >>> positive_class([("good", 3200), ("bad", 1254)])
    ('bad', 'good', "'bad' is true, as the words say")
    >>> positive_class([("united", 320), ("delta", 300)])
    ('delta', 'united', "'delta' is true, the rarer of both")
    >>> positive_class([("HillaryClinton", 3226), ("realDonaldTrump", 3218)])
    ('realDonaldTrump', 'HillaryClinton', "'realDonaldTrump' is true, the rarer of both")
    """
    (common_answer, _), (rare_answer, _) = sorted(common, key=lambda pair: (-pair[1], pair[0]))
    for no, yes in ((common_answer, rare_answer), (rare_answer, common_answer)):
        if _denies(no, yes) and not _denies(yes, no):
            return yes, no, f"{yes!r} is true, as the words say"
    for no, yes in ((common_answer, rare_answer), (rare_answer, common_answer)):
        if yes.casefold() in _YES and no.casefold() not in _YES:
            return yes, no, f"{yes!r} is true, as the words say"
    return rare_answer, common_answer, f"{rare_answer!r} is true, the rarer of both"


def _denies(answer: str, other: str) -> bool:
    """Whether an answer says no, by itself or as the other with a negative prefix: unpaid, not paid."""
    plain, positive = answer.casefold().strip(), other.casefold().strip()
    negated = {prefix + joint + positive for prefix in _NEGATIVE_PREFIXES for joint in ("", " ", "-", "_")}
    return plain in _NO or plain in negated or plain.startswith(_DENIALS)
