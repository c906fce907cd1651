"""Subscriptions of models as parameters of AWS Systems Manager, one per model's stack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import msgspec

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import NotFound
from keepfit.training.runs.model_subscription import Subscription

# Clients name models; of what else they name, Systems Manager would say that it is no name.
_PART_OF_A_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class SsmSubscriptions:
    """See ``training.ports.Subscriptions``."""

    path: str

    def all(self) -> list[Subscription]:
        with translated(f"the parameters below {self.path}"):
            pages = client("ssm").get_paginator("get_parameters_by_path").paginate(Path=self.path)
            values = [parameter["Value"] for page in pages for parameter in page["Parameters"]]
        read = (msgspec.json.decode(value, type=Subscription) for value in values)
        return sorted(read, key=lambda each: each.model)

    def get(self, model: str) -> Subscription:
        if not _PART_OF_A_NAME(model):
            raise NotFound(f"{model[:40]!r} is the name of no model")
        with translated(f"the parameter of the model {model}"):
            found = client("ssm").get_parameter(Name=f"{self.path}/{model}")
        return msgspec.json.decode(found["Parameter"]["Value"], type=Subscription)
