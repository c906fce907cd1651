"""What a change of the project's files concerns: models to train again, and templates."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from cli.project.revisions import Revision
from keepfit.definitions import compiling
from keepfit.definitions.compiled_model import CompiledModel, digest

MODELS: Final = "models"
SAMPLES: Final = "samples"
"""Rows to train on in a review: ``samples/<dataset>.csv``, or another format of uploads."""
# What all models are trained with.
_REQUIREMENTS: Final = re.compile(r"(requirements|constraints)\.txt|wheels/.+")


class ChangedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is to be trained again, and why."""

    model: str
    dataset: str
    reasons: list[str]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from a revision.

    ``removed`` are models that are no longer defined. ``stacks`` says whether templates may differ: they are made of
    definitions, requirements and the project's own code.
    """

    since: str
    files: list[str]
    models: list[ChangedModel]
    removed: list[str]
    stacks: bool


def changes_since(revision: Revision) -> Changes:
    """Compares the project with what it was.

    Definitions are compared as they are compiled, so that a comment or another order of keys changes no model.

    Raises:
        InvalidDefinition: the definitions of now are not in order.
    """
    files = revision.changed_files()
    now = compiling.compile_all(revision.folder / MODELS).models
    before = _models_at(revision)
    models = [
        ChangedModel(model=name, dataset=model.definition.dataset, reasons=reasons)
        for name, model in sorted(now.items())
        if (reasons := [*_reasons(model, before, files)])
    ]
    return Changes(
        since=revision.commit,
        files=files,
        models=models,
        removed=sorted(before.keys() - now.keys()),
        stacks=any(_makes_stacks(PurePosixPath(name)) for name in files),
    )


def _models_at(revision: Revision) -> Mapping[str, CompiledModel]:
    """The models of then; of definitions that were not in order, those that were."""
    with tempfile.TemporaryDirectory(prefix="keepfit-since-") as folder:
        revision.write(Path(folder), MODELS)
        models = Path(folder) / MODELS
        return compiling.examine(models).compiled.models if models.is_dir() else {}


def _reasons(
    model: CompiledModel, before: Mapping[str, CompiledModel], files: Iterable[str]
) -> Iterator[str]:
    if model.name not in before:
        yield "it is new"
    elif digest(model) != digest(before[model.name]):
        yield "its definition differs"
    if requirements := [name for name in files if _REQUIREMENTS.fullmatch(name)]:
        yield f"what it is trained with differs: {', '.join(requirements)}"
    for dataset in model.datasets:
        yield from (f"a sample of its data differs: {name}" for name in files if is_sample(name, dataset))


def is_sample(name: str, dataset: str) -> bool:
    """Whether a file of the project, by its path in it, is a sample of a dataset."""
    folder, _, file = name.rpartition("/")
    return folder == SAMPLES and file.partition(".")[0] == dataset


def _makes_stacks(path: PurePosixPath) -> bool:
    if path.parts[0] in (MODELS, "wheels") or path.name == "cdk.json" or _REQUIREMENTS.fullmatch(str(path)):
        return True
    return path.suffix == ".py" and path.parts[0] != "tests"
