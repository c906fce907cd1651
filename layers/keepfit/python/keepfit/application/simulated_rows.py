"""Synthetic rows, distributed as a profile says of the training, and the drift of rows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from keepfit.errors import InvalidRequest
from keepfit.features.schema.signature import Column, Signature
from keepfit.features.schema.types.base import type_of
from keepfit.monitoring.definition import MonitoringDefinition
from keepfit.monitoring.drift.compare import compare
from keepfit.monitoring.drift_rule import decision_of
from keepfit.monitoring.profiles.bins import NumericBins
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.reports.report import DriftReport
from keepfit.serving.inference.instances import InstanceDecoder
from keepfit.serving.release.requests_to_test import placeholder
from keepfit.tasks.answers import outputs_of
from keepfit.tasks.registry import task_of

MINIMUM_ROWS: Final = 100
"""Of which drift is measured: of fewer it is chance."""
_UNSEEN: Final = "a value that no training row had"

Instance = Mapping[str, Any]


def synthetic(
    signature: Signature, reference: ReferenceProfile, rows: int, *, seed: int, like: Sequence[Instance] = ()
) -> list[dict[str, Any]]:
    """Instances whose columns are distributed as in training, each column by itself.

    What the profile does not hold (texts, vectors, fields that other models of a graph read) is as in the instances
    ``like``, which are known to be good.
    """
    random = np.random.default_rng(seed)
    drawn: dict[str, list[Any]] = {}
    for column in signature.instance_columns:
        profile = reference.columns.get(column.name)
        known = [each[column.name] for each in like if column.name in each] or [placeholder(column)]
        if profile is None or type_of(column.type).profile is None:
            drawn[column.name] = [known[place] for place in random.integers(len(known), size=rows)]
        else:
            drawn[column.name] = _values(column, profile, rows, random, known)
    return [dict(zip(drawn, values, strict=True)) for values in zip(*drawn.values(), strict=True)]


def _values(
    column: Column, profile: ColumnProfile, rows: int, random: np.random.Generator, known: Sequence[Any]
) -> list[Any]:
    counts = np.array(profile.counts, dtype=np.float64)
    if not column.nullable:
        counts[-1] = 0
    if not counts.sum():
        return [known[0]] * rows
    bins = random.choice(len(counts), size=rows, p=counts / counts.sum())
    return [_of_bin(column, profile, int(place), random) for place in bins]


def _of_bin(column: Column, profile: ColumnProfile, place: int, random: np.random.Generator) -> Any:
    bins = profile.bins
    if place == len(profile.counts) - 1:
        return None
    if not isinstance(bins, NumericBins):
        value = bins.values[place] if place < bins.known else _UNSEEN
        return value == "true" if type_of(column.type).expression == "bool" else value
    edges = bins.edges
    low = edges[place - 1] if place else edges[0]
    high = edges[place] if place < len(edges) else edges[-1]
    number = float(random.uniform(low, high)) if high > low else float(high)
    number = number if column.min is None else max(number, column.min)
    number = number if column.max is None else min(number, column.max)
    return round(number) if column.type == "int" else number


def drift_of(
    signature: Signature,
    reference: ReferenceProfile,
    answered: Sequence[tuple[Instance, Mapping[str, Any] | None]],
    *,
    monitoring: MonitoringDefinition,
) -> DriftReport:
    """The drift of instances and of what was predicted of them, from the training rows.

    Args:
        signature: of the requests.
        reference: the profile of the champion; without outputs, what was predicted is not compared.
        answered: instances with their answers, None where there is none; those that cannot be read are left out.
        monitoring: how drift is measured and decided.
    """
    decoder = InstanceDecoder(signature)
    columns: dict[str, list[Any]] = {column.name: [] for column in signature.instance_columns}
    outputs: dict[str, list[Any]] = {name: [] for name in reference.outputs}
    for instance, document in answered:
        try:
            [read] = decoder.read([instance])
        except InvalidRequest:
            continue
        for place, values in enumerate(columns.values()):
            values.append(getattr(read, f"f{place}"))
        if document is not None and outputs:
            _watch(signature, document, outputs)
    counted = reference.counts_of(columns, outputs)
    decision = decision_of(monitoring, reference, minimum_rows=MINIMUM_ROWS)
    return compare(reference, counted, decision, statistics=monitoring.measured)


def _watch(signature: Signature, document: Mapping[str, Any], outputs: dict[str, list[Any]]) -> None:
    [output], [prediction] = outputs_of(signature.task.kind, document), document["predictions"]
    watched: Callable[..., Mapping[str, Any]] = task_of(signature.task).watch
    for name, value in watched(output, prediction).items():
        if name in outputs:
            outputs[name].append(value)
