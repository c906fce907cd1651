"""Says where a holdout is too small for its figures to be taken at their word."""

from __future__ import annotations

from keepfit.evaluation.results import LabelSummary

SOFT_BELOW = 30
"""With fewer rows of a class, or of all where labels have none, figures may be far off by chance."""


def soft_note(labels: LabelSummary, rows: int) -> str | None:
    """Why the figures of a holdout with such ``labels`` are soft; None where they are not.

    >>> soft_note(LabelSummary(classes={"false": 200, "true": 12}), 212)
    'the holdout has 12 rows of true, so its figures are soft: fewer than 30 rows of a class prove little'
    """
    if labels.classes is None:
        if rows >= SOFT_BELOW:
            return None
        return (
            f"the holdout has {rows} rows, so its figures are soft: fewer than {SOFT_BELOW} rows prove little"
        )
    name, fewest = min(labels.classes.items(), key=lambda each: each[1])
    if fewest >= SOFT_BELOW:
        return None
    return (
        f"the holdout has {fewest} rows of {name}, so its figures are soft: fewer than {SOFT_BELOW} rows of a class "
        "prove little"
    )
