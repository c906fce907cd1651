"""The gate of a gain on the champion that is no chance."""

from __future__ import annotations

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence


def _judge(evidence: Evidence) -> Verdict | None:
    measured, gain, gates = evidence.measured, evidence.gain, evidence.gates
    if measured is None or gain is None or gain.value <= gates.min_gain:
        return None
    certainty = gain.certainty(gates.min_gain)
    reason = (
        f"{measured.words} is {gain.value:+.4f} from the champion's, and {certainty:.0%} certain to be enough; more "
        f"than {gates.min_gain:+.4f} is asked, with a certainty of {gates.certainty:.0%}"
    )
    return Verdict(
        gate="certainty",
        passed=certainty >= gates.certainty,
        reason=reason,
        value=certainty,
        limit=gates.certainty,
    )


GATE = _judge
