"""Rehearsals: trains and exports a candidate on synthetic rows before a deployment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from keepfit.errors import InvalidDefinition, KeepfitError
from keepfit.evaluation.tasks.base import TrainingTask
from keepfit.evaluation.tasks.registry import LISTINGS, rehearsed
from keepfit.registry.onnx_inspection import admit
from keepfit.training.definition import CandidateDefinition
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.recipes.search_space import corners
from keepfit.training.search_definition import space_of
from keepfit.training.trials.fit_candidate import fit
from keepfit.training.trials.parity import compare
from keepfit.training.trials.report import Parity
from keepfit.training.trials.trial import Rows

ColumnKind = Literal["category", "number", "nullable"]
"""What a column of the model's rows holds: codes, numbers, or numbers of which some are missing."""

_ROWS, _CODES = 400, 8


def rehearse(
    candidate: CandidateDefinition, kinds: Sequence[ColumnKind], gates: GatesDefinition, kind: str
) -> Parity:
    """Fits the candidate to synthetic rows, exports it, and compares both as a run would.

    Where the candidate has a space of its own for a search, its ends are rehearsed too.

    Raises:
        InvalidDefinition: a parameter that the algorithm does not know or accept, or one with which the model cannot
            be exported, may not be loaded where it serves, or answers otherwise than what was trained.
    """
    for end in corners(space_of(candidate.search)) if candidate.search else []:
        parameters = {**candidate.parameters, **end}
        rehearse(msgspec.structs.replace(candidate, parameters=parameters, search=None), kinds, gates, kind)
    rows, task = made_up(kinds, kind)
    candidate = _without_names_of_classes(candidate, kind)
    fitted = fit(candidate, rows.features, rows.labels, task=task, code_sizes=rows.code_sizes, seed=0)
    try:
        model = fitted.to_onnx()
        admit(model)
        parity = compare(
            fitted,
            model,
            rows.features,
            task=task.serving,
            code_sizes=rows.code_sizes,
            tolerance=gates.parity_tolerance,
            seed=0,
        )
    except KeepfitError as error:
        raise InvalidDefinition(f"trains, and its export cannot be used: {error}") from error
    except Exception as error:  # the converter raises a dozen unrelated classes
        raise InvalidDefinition(
            f"trains, and cannot be exported to ONNX: {type(error).__name__}: {error}; use another value"
        ) from error
    if parity.max_difference > gates.parity_tolerance or parity.flipped_labels > gates.max_flipped_labels:
        raise InvalidDefinition(
            f"trains, and its export answers otherwise: outputs differ by up to {parity.max_difference:.2g} "
            f"and {parity.flipped_labels} of {parity.rows} labels flip, where gates allow "
            f"{gates.parity_tolerance:g} and {gates.max_flipped_labels}; use another value"
        )
    return parity


def _without_names_of_classes(candidate: CandidateDefinition, kind: str) -> CandidateDefinition:
    """Without weights by the names of classes that are not known before there are rows."""
    weights = candidate.parameters.get("class_weight")
    if LISTINGS[kind].class_names is not None or not isinstance(weights, dict):
        return candidate
    parameters = {**candidate.parameters, "class_weight": None}
    return msgspec.structs.replace(candidate, parameters=parameters)


def made_up(kinds: Sequence[ColumnKind], kind: str) -> tuple[Rows, TrainingTask]:
    """Synthetic rows of columns of ``kinds``, always the same: every code, gap and label."""
    random = np.random.default_rng(0)
    columns = [_column(column, random) for column in kinds]
    features = np.column_stack(columns).astype(np.float32)
    signal = sum(np.nan_to_num(column - np.nanmean(column)) / np.nanstd(column) for column in columns[:4])
    task, labels = rehearsed(kind, signal + random.normal(0, 1, _ROWS))
    sizes = {number: _CODES for number, column in enumerate(kinds) if column == "category"}
    return Rows(features=features, labels=labels, code_sizes=sizes), task


def _column(kind: ColumnKind, random: np.random.Generator) -> np.ndarray:
    if kind == "category":
        return random.integers(0, _CODES, _ROWS).astype(np.float64)
    numbers = random.normal(100, 30, _ROWS)
    return np.where(random.random(_ROWS) < 0.2, np.nan, numbers) if kind == "nullable" else numbers
