"""Gate checks: require and warn name gates for which the definition has what they need."""

from __future__ import annotations

from collections.abc import Iterator

from keepfit.definitions.mistakes import alike
from keepfit.definitions.model import ModelDefinition
from keepfit.training.judging.gates.registry import LISTINGS


def gate_mistakes(model: ModelDefinition) -> Iterator[str]:
    """The mistakes in require and warn."""
    gates = model.gates
    for key, names in (("require", gates.require or []), ("warn", gates.warn)):
        for name in names:
            if name not in LISTINGS:
                yield f"{key}: {name[:60]!r} is not a gate; {alike(name, LISTINGS)}"
            elif not is_set(model, name):
                yield (
                    f"{key}: {name!r} is never asked, because {LISTINGS[name].setting} is not set; set it, or leave "
                    f"{name!r} out"
                )
    if gates.fairness is not None and not model.evaluation.fairness:
        yield "fairness: there is nothing to compare; name columns in evaluation.fairness, or leave it out"
    if gates.worst_slice is not None and gates.worst_slice == type(gates.worst_slice)():
        yield "worst_slice: write min_value, max_gap or both"
    for name in gates.warn:
        if name in (gates.require or []):
            yield f"warn: {name!r} is in require too; write it in one of both"
        if name in LISTINGS and not LISTINGS[name].warns:
            yield f"warn: {name!r} always stops a release, because without it there is nothing to judge"


def is_set(model: ModelDefinition, name: str) -> bool:
    """Whether the definition has what the gate ``name`` needs to be asked."""
    setting = LISTINGS[name].setting
    if setting is None:
        return True
    table, _, key = setting.rpartition(".")
    return bool(getattr(getattr(model, table) if table else model, key) not in (None, 0, []))
