"""One deployed site with one model to play with: clients and the stacks' outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcloud.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the product runs, and what its stacks say of themselves."""

    endpoint: Endpoint
    model: str
    outputs: dict[str, dict[str, str]]

    def client(self, service: str) -> Any:
        """A boto3 client of the site."""
        return self.endpoint.client(service)

    def output(self, name: str) -> str:
        """An output of the model's stack."""
        return self.outputs[f"keepfit-{self.model.replace('_', '-')}"][name]

    def platform(self, name: str) -> str:
        """An output of the platform's stack."""
        return self.outputs["keepfit-platform"][name]

    @property
    def predict_url(self) -> str:
        return f"{self.endpoint.api_url(self.platform('ApiId'))}/models/{self.model}/predict"
