"""The place that a command's options choose, found when the deployment is first needed."""

from __future__ import annotations

from dataclasses import dataclass

from cli.places.deployment import Deployment
from cli.places.place import find_place


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The options of a place; None where one was not given."""

    place: str | None = None
    profile: str | None = None
    region: str | None = None

    def deployment(self) -> Deployment:
        """The stacks at the place, which this process's clients lead to from now on; raises as ``find_place``."""
        place = find_place(self.place, self.profile, self.region)
        place.enter()
        return Deployment(place)

    @property
    def is_local(self) -> bool:
        """Whether an embedded cloud is meant."""
        return (self.place or "local").partition(":")[0] == "local"

    @property
    def cloud(self) -> str:
        """The name of the embedded cloud that is meant; empty where none is named."""
        return (self.place or "").partition(":")[2]
