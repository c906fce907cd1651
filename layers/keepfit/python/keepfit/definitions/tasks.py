"""The task of a model: named by its definition, or decided by its label's field."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from keepfit.definitions.mistakes import alike, shortened
from keepfit.definitions.model import Catalogue, ModelDefinition
from keepfit.evaluation.tasks.registry import LISTINGS, Listing, decided_task
from keepfit.features.schema.cell_form import FieldType
from keepfit.tasks.spec import kind_of
from keepfit.training.definition import CandidateDefinition, default_candidates
from keepfit.training.model_tests.definition import ModelTestDefinition
from keepfit.training.recipes.registry import LISTINGS as RECIPES


def with_task(model: ModelDefinition, label: FieldType) -> ModelDefinition:
    """Completes a definition with the task, metric and candidates for a label of type ``label``."""
    kind = _kind(model, label)
    if kind is None:
        return model
    listing, training = LISTINGS[kind], model.training
    candidates = training.candidates or default_candidates(listing.estimator)
    return msgspec.structs.replace(
        model,
        task=kind,
        training=msgspec.structs.replace(training, candidates=candidates),
        gates=msgspec.structs.replace(model.gates, metric=model.gates.metric or listing.metrics[0]),
    )


def task_mistakes(table: str, model: ModelDefinition, label: FieldType) -> Iterator[str]:
    """What is wrong with a model's task, for a label of this type, and with what is named of the task."""
    kind = _kind(model, label)
    if kind is None:
        types = sorted({kind for listing in LISTINGS.values() for kind in listing.label_types})
        yield f"{table} label {model.label!r} is of type {label}; what can be predicted is of type {', '.join(types)}"
    elif kind not in LISTINGS:
        yield f"{table} task {model.task!r} is not known; {alike(kind, LISTINGS)}"
    else:
        yield from _listed_mistakes(table, model, kind, label)


def label_kind(catalogue: Catalogue, name: str) -> tuple[str, str]:
    """The task of a model that is right, and the type of its label where that has several classes."""
    model = catalogue.model[name]
    label = catalogue.dataset[model.dataset].fields[model.label].type
    kind = _kind(model, label) or ""
    return kind, label if LISTINGS[kind].class_names is None else ""


def _kind(model: ModelDefinition, label: FieldType) -> str | None:
    return decided_task(label) if model.task is None else kind_of(model.task)


def _listed_mistakes(table: str, model: ModelDefinition, kind: str, label: FieldType) -> Iterator[str]:
    listing = LISTINGS[kind]
    if label not in listing.label_types:
        types = " or ".join(listing.label_types)
        yield f"{table} label {model.label!r} is of type {label}, and a {kind} label is of type {types}"
    metric = model.gates.metric
    if metric is not None and metric not in listing.metrics:
        yield f"{table[:-1]}.gates] metric {metric!r} is none of the task {kind}; {alike(metric, listing.metrics)}"
    for test in model.tests:
        for says in _test_mistakes(test, kind, listing):
            yield f"[{table[:-1]}.tests]] {test.name[:60]!r}: {says}"
    yield from _answer_mistakes(table, model, kind, listing)
    for name, candidate in (model.training.candidates or {}).items():
        for says in _candidate_mistakes(candidate, kind, listing):
            yield f"{table[:-1]}.training] candidates.{name}: {says}"


def _test_mistakes(test: ModelTestDefinition, kind: str, listing: Listing) -> Iterator[str]:
    """What is wrong with what a model test names of its task."""
    if test.metric is not None and test.metric not in listing.metrics:
        yield f"metric {test.metric!r} is none of the task {kind}; {alike(test.metric, listing.metrics)}"
    several = listing.class_names is None
    if test.kind == "direction" and several != (test.label_class is not None):
        yield (
            "label_class is missing: name the label whose probability goes up or down"
            if several
            else f"label_class is for several classes, and the task is {kind}; leave it out"
        )


def _answer_mistakes(table: str, model: ModelDefinition, kind: str, listing: Listing) -> Iterator[str]:
    """What is wrong with decisions, calibration and intervals."""
    decision = model.decision
    if decision is not None:
        if not listing.decisions:
            yield f"{table} decision: the task {kind} has nothing to decide; leave it out"
        elif len(decision.named) != 1:
            yield f"{table} decision: write one of threshold, maximize and cost, not {len(decision.named)} of them"
        elif decision.maximize is not None and decision.maximize not in listing.decisions:
            what = alike(decision.maximize, listing.decisions)
            yield f"{table} decision: maximize {decision.maximize!r} is no metric of decisions; {what}"
    if model.calibration is not None and model.calibration not in listing.calibrations:
        can = f"it can be {', '.join(listing.calibrations)}" if listing.calibrations else "leave it out"
        yield f"{table} calibration {model.calibration!r} is none of the task {kind}; {can}"
    if model.interval is not None and not listing.has_intervals:
        yield f"{table} interval: the task {kind} answers no values that could have one; leave it out"


def _candidate_mistakes(candidate: CandidateDefinition, kind: str, listing: Listing) -> Iterator[str]:
    if listing.estimator not in RECIPES[candidate.algorithm].estimators:
        able = [name for name, recipe in RECIPES.items() if listing.estimator in recipe.estimators]
        yield f"{candidate.algorithm} does not learn the task {kind}; {', '.join(able)} do"
    weights = candidate.parameters.get("class_weight")
    if weights is None or listing.class_names is None:
        return
    if not listing.class_names:
        yield "class_weight is for classes, and the label is a number"
    elif isinstance(weights, dict):
        for label in weights.keys() - {*listing.class_names}:
            known = " and ".join(reversed(listing.class_names))
            yield f"class_weight has no label {shortened(label)!r}; the labels are {known}"
