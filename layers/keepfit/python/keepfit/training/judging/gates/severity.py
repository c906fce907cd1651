"""The severity that a definition gives to a gate."""

from __future__ import annotations

from keepfit.registry.verdicts import Severity
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.gates.registry import LISTINGS


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
