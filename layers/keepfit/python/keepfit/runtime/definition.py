"""Reads the compiled definition that a function was deployed with, or a run admitted with."""

from __future__ import annotations

from keepfit import variables
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_stack_files import read_stack_file
from keepfit.definitions.compiled_model import (
    CompiledDataset,
    CompiledDatasets,
    CompiledModel,
    decode_datasets,
    decode_model,
)
from keepfit.errors import NotFound
from keepfit.layout import ModelScope
from keepfit.runtime.settings import setting
from keepfit.training.runs.run_files import DEFINITION, RunFiles


def deployed_model() -> CompiledModel:
    """The model definition in the file that ``KEEPFIT_DEFINITION`` names."""
    return decode_model(read_stack_file(setting(variables.DEFINITION)))


def deployed_datasets() -> CompiledDatasets:
    """All dataset definitions in the file that ``KEEPFIT_DEFINITION`` names."""
    return decode_datasets(read_stack_file(setting(variables.DEFINITION)))


def deployed_dataset(name: str) -> CompiledDataset:
    """One of them. Raises NotFound where none is called so."""
    datasets = deployed_datasets().datasets
    if name not in datasets:
        raise NotFound(f"no dataset is called {name!r}; the datasets are: {', '.join(datasets) or 'none'}")
    return datasets[name]


def model_of_run(run_id: str) -> CompiledModel:
    """The model as defined when the run was admitted, whatever is deployed meanwhile."""
    artifacts, folder = (
        S3Artifacts(bucket=setting(variables.ARTIFACTS_BUCKET)),
        ModelScope(setting(variables.MODEL)).run(run_id),
    )
    return decode_model(RunFiles(artifacts, folder).get(DEFINITION))
