"""The versions behind the alias ``live`` of an inference function, read from AWS Lambda."""

from __future__ import annotations

from dataclasses import dataclass

from keepfit.adapters.aws.clients import client, translated
from keepfit.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaLiveAlias:
    """See ``training.ports.LiveAlias``; it reads the alias and cannot move it."""

    function: str

    def current(self) -> tuple[str | None, dict[str, float]]:
        try:
            with translated(f"alias live of {self.function}"):
                alias = client("lambda").get_alias(FunctionName=self.function, Name="live")
        except NotFound:
            return None, {}
        routing = alias.get("RoutingConfig") or {}
        return alias["FunctionVersion"], dict(routing.get("AdditionalVersionWeights") or {})
