"""Subscriptions of models as parameters of AWS Systems Manager, one per model's stack."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from keepfit.adapters.aws.clients import client, translated
from keepfit.training.runs.model_subscription import Subscription


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
