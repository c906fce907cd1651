"""An imported model's trial: settled and measured on rows that validate, compared with itself."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from keepfit.evaluation.metrics.base import Labels
from keepfit.evaluation.tasks.answer_definition import Wishes
from keepfit.evaluation.tasks.target import Target
from keepfit.features.encoding.numbers import code_sizes
from keepfit.features.schema.signature import Signature
from keepfit.training.definition import IMPORTED
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.imports.imported import ImportedModel
from keepfit.training.recipes.base import Matrix
from keepfit.training.recipes.libraries import versions
from keepfit.training.trials.choose_settings import settle
from keepfit.training.trials.exported import export
from keepfit.training.trials.report import TrialReport
from keepfit.training.trials.trial import Trial
from keepfit.training.trials.validation import Validation

_PACKAGES = ("numpy", "onnx", "onnxruntime")


def try_import(
    model: ImportedModel,
    validation: tuple[Matrix, Labels],
    holdout: Matrix,
    *,
    signature: Signature,
    gates: GatesDefinition,
    wishes: Wishes,
    tell: Callable[[str], None],
) -> Trial:
    """Settles decision and interval on the (features, labels) that validate, and measures.

    Probabilities stay as they are, unless the definition names a calibration.

    Raises:
        InvalidModel: it fails on the rows, or answers in another shape.
    """
    features, labels = validation
    kept = msgspec.structs.replace(wishes, calibration=wishes.calibration or "none")
    answered = (
        Validation(labels=labels, raw=[model.raw(features)], parameters=[{}], folds=1)
        if len(labels)
        else None
    )
    metric = model.task.metric(gates.metric)
    settled = settle(answered, [Target()], task=model.task, metric=metric, wishes=kept)
    exported = export(model, settled, holdout, code_sizes=code_sizes(signature), gates=gates, seed=0)
    tell(f"took over {len(exported.model)} bytes, and measured them on {len(labels)} validation rows")
    report = TrialReport(
        candidate=IMPORTED,
        algorithm=IMPORTED,
        parameters={},
        rows=0,
        fit_seconds=0.0,
        metrics=exported.validation_metrics(),
        packages=versions(*_PACKAGES),
        **exported.report(answered),
    )
    scores = exported.fitted.predict(holdout)
    return Trial(model=exported.model, spec=settled.spec, scores=scores, report=report)
