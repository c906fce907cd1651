"""The compiled definition that a function was deployed with, and other files of its stack."""

from __future__ import annotations

from keepfit.adapters.s3_artifacts import S3Artifacts
from keepfit.definitions import CompiledDataset, CompiledModel, decode_dataset, decode_model
from keepfit.runtime.settings import setting


def deployed_model() -> CompiledModel:
    """The model that the function belongs to, as the file that ``KEEPFIT_DEFINITION`` names says."""
    return decode_model(file_of_stack(setting("definition")))


def deployed_dataset() -> CompiledDataset:
    """The dataset that the function belongs to, as the file that ``KEEPFIT_DEFINITION`` names says."""
    return decode_dataset(file_of_stack(setting("definition")))


def file_of_stack(address: str) -> bytes:
    """A file that came with the stack, given as ``bucket/key``."""
    bucket, _, key = address.partition("/")
    return S3Artifacts(bucket=bucket).get(key)
