"""The gate of rows known before: what newest uploads teach may not cost what was known.

Both parts judge: new rows alone would confirm a wrong upload, and old ones alone would refuse a new world.
"""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    limit, parts = evidence.gates.max_trusted_loss, evidence.parts
    compared = [
        (part, words)
        for part, words in ((parts.trusted, "known before"), (parts.new, "that came since"))
        if part is not None
    ]
    if parts.trusted is None:
        return None
    worst, words = max(compared, key=lambda each: each[0].lost)
    other = "; ".join(f"{part.value:+.4f} on {part.rows:,} rows {which}" for part, which in compared)
    return Verdict(
        gate="trusted_rows",
        passed=worst.lost <= limit,
        reason=f"its gain is {other}; on those {words} it may lose {limit:.0%} of what the champion is better than a "
        f"constant, and loses {max(0.0, worst.lost):.1%}",
        value=worst.lost,
        limit=limit,
    )


GATE = _judge
