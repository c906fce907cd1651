"""The verdict of a gate on a model: kept with the judgement and with the version."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["required", "warned"]
"""A failure of a required gate stops a release; one of a warned gate is shown and stops nothing."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A gate, whether it was passed, and why in one line.

    ``value`` was measured and ``limit`` is what the gate allows, both in the gate's unit; None where it has no number.
    ``details`` are further lines, such as one for each answer that changed.
    """

    gate: str
    passed: bool
    reason: str
    severity: Severity = "required"
    value: float | None = None
    limit: float | None = None
    details: list[str] = []

    @property
    def stops(self) -> bool:
        """Whether it stops a release."""
        return not self.passed and self.severity == "required"
