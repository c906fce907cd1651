"""Asks the gates of a stage, each with the severity that the definition gives it."""

from __future__ import annotations

import msgspec

from keepfit.registry.verdicts import Severity, Verdict
from keepfit.training.definition import GatesDefinition
from keepfit.training.judging.evidence import Evidence
from keepfit.training.judging.gates.registry import LISTINGS, Stage, gate_of


def verdicts(stage: Stage, evidence: Evidence) -> list[Verdict]:
    """The verdicts of the gates of a stage, in the order of the registry."""
    given: list[Verdict] = []
    for name, listing in LISTINGS.items():
        verdict = gate_of(name)(evidence) if listing.stage == stage else None
        if verdict is not None:
            given.append(msgspec.structs.replace(verdict, severity=severity_of(name, evidence.gates)))
    return given


def severity_of(name: str, gates: GatesDefinition) -> Severity:
    """The severity of a gate's failure: by default each stops a release.

    >>> severity_of("latency", GatesDefinition(require=["min_value"])), severity_of("latency", GatesDefinition())
    ('warned', 'required')
    """
    if name in gates.warn and LISTINGS[name].warns:
        return "warned"
    if gates.require is None or name in gates.require or LISTINGS[name].basic:
        return "required"
    return "warned"
