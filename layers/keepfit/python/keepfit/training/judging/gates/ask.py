"""Asks the gates of a stage, each with the severity that the definition gives it."""

from __future__ import annotations

import msgspec

from keepfit.registry.verdicts import Verdict
from keepfit.training.judging.evidence import Evidence
from keepfit.training.judging.gates.registry import LISTINGS, Stage, gate_of
from keepfit.training.judging.gates.severity import severity_of


def verdicts(stage: Stage, evidence: Evidence) -> list[Verdict]:
    """The verdicts of the gates of a stage, in the order of the registry."""
    given: list[Verdict] = []
    for name, listing in LISTINGS.items():
        verdict = gate_of(name)(evidence) if listing.stage == stage else None
        if verdict is not None:
            given.append(msgspec.structs.replace(verdict, severity=severity_of(name, evidence.gates)))
    return given
