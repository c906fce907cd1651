"""A settled model with its export, compared and measured: what every trial ends with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from keepfit.training.calibration.calibrated import Calibrated
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.recipes.base import Fitted, Matrix
from keepfit.training.trials.choose_settings import Settled
from keepfit.training.trials.parity import compare
from keepfit.training.trials.report import Parity
from keepfit.training.trials.validation import Validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A model as it answers, its export, and the difference between both."""

    fitted: Fitted
    settled: Settled
    model: bytes
    parity: Parity

    def passes(self, gates: GatesDefinition) -> bool:
        """Whether the export answers as the model does, and decides as it does."""
        return self.parity.max_difference <= gates.parity_tolerance and not self.parity.flipped_labels

    def validation_metrics(self) -> dict[str, float]:
        """The metrics of the rows that validate; empty without any."""
        labels, outputs = self.settled.labels, self.settled.outputs
        return {} if labels is None or outputs is None else self.settled.task.measure(labels, outputs)

    def report(self, validation: Validation | None) -> dict[str, Any]:
        """The fields of ``TrialReport`` that the export and its ``validation`` fill."""
        target = self.settled.target
        return {
            "model_bytes": len(self.model),
            "validation_rows": len(validation.labels) if validation else 0,
            "validation_folds": validation.folds if validation else 0,
            "parity": self.parity,
            "target": None if target.is_label else msgspec.to_builtins(target),
            "calibration": self.fitted.calibration.report() if isinstance(self.fitted, Calibrated) else None,
            "answers": msgspec.to_builtins(self.settled.spec),
        }


def export(
    fitted: Fitted,
    settled: Settled,
    holdout: Matrix,
    *,
    code_sizes: Mapping[int, int],
    gates: GatesDefinition,
    seed: int,
) -> Exported:
    """Finishes a model as it is settled, exports it, and compares both on the holdout's rows.

    Raises:
        ParityFailed: an export that does not even run.
    """
    finished = settled.finished(fitted)
    model = finished.to_onnx()
    parity = compare(
        finished,
        model,
        holdout,
        task=settled.task.serving,
        code_sizes=code_sizes,
        tolerance=gates.parity_tolerance,
        seed=seed,
    )
    return Exported(fitted=finished, settled=settled, model=model, parity=parity)
