"""The one model of a server that has a release package in a folder."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.errors import NotFound
from keepfit.features.schema.signature import Signature
from keepfit.serving.repository.ports import DescribedModel, ServingVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedModel:
    """See ``ports.DescribedModel``: one version, which gets every request."""

    name: str
    version: int
    of_package: Signature
    takes_outcomes: bool = False

    def serving(self) -> list[ServingVersion]:
        return [ServingVersion(version=self.version, share=1.0)]

    def signature(self, version: int) -> Signature:
        self.require(version)
        return self.of_package

    def require(self, version: int) -> None:
        if version != self.version:
            raise NotFound(
                f"version {version} of {self.name} cannot be asked; those that can: {self.version}"
            )


@dataclass(frozen=True, slots=True)
class OneModel:
    """See ``descriptions.answers.ModelRepository``."""

    only: DescribedModel

    def model(self, name: str) -> DescribedModel:
        if name != self.only.name:
            raise NotFound(f"no model {name!r} is deployed; those that are: {self.only.name}")
        return self.only

    def models(self) -> list[DescribedModel]:
        return [self.only]
