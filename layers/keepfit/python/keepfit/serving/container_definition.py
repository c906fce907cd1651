"""The definition of what answers a model's requests: Lambda, or tasks on Fargate."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

LAMBDA: Final = "lambda"
CONTAINER: Final = "container"
MEMORY_MB: Final = {
    256: (512, 1024, 2048),
    512: (1024, 2048, 3072, 4096),
    1024: (2048, 3072, 4096, 5120, 6144, 7168, 8192),
}
"""What Fargate takes with each number of CPU units, up to one vCPU: a task has one process, which uses one core."""


class ServingDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What answers the requests of clients."""

    on: Annotated[
        Literal["lambda", "container"],
        Meta(
            description="`lambda` costs nothing while nobody asks; `container` keeps tasks on Fargate, behind the same "
            "routes, and is cheaper from some load on"
        ),
    ] = LAMBDA
    min_tasks: Annotated[
        int, Meta(ge=1, le=100, description="so many tasks run at least; two are in two zones")
    ] = 2
    max_tasks: Annotated[int, Meta(ge=1, le=100, description="so many run at most")] = 8
    cpu: Annotated[
        int,
        Meta(
            description="CPU units of a task, of which a vCPU has 1,024: 256, 512 or 1024, since a task uses one core"
        ),
    ] = 256
    memory: Annotated[
        int, Meta(description="MB of a task, as Fargate has them: 512, 1024, 2048 and so on")
    ] = 512
    target_utilisation: Annotated[
        float,
        Meta(
            ge=0.1,
            le=0.9,
            description="tasks are added and taken away so that they use this share of their CPU on average",
        ),
    ] = 0.6

    @property
    def mistake(self) -> str | None:
        """What does not go together; None where all does."""
        if self.on == LAMBDA:
            changed = [
                name for name in self.__struct_fields__ if getattr(self, name) != getattr(_DEFAULT, name)
            ]
            named = ", ".join(changed)
            advice = 'is of containers, and on = "lambda": write on = "container", or leave it out'
            return f"{named} {advice}" if changed else None
        if self.min_tasks > self.max_tasks:
            return f"min_tasks {self.min_tasks} is more than max_tasks {self.max_tasks}"
        if self.cpu not in MEMORY_MB:
            return f"cpu cannot be {self.cpu}: a task has {', '.join(map(str, MEMORY_MB))}, and uses one core at most"
        if self.memory not in MEMORY_MB[self.cpu]:
            choices = ", ".join(map(str, MEMORY_MB[self.cpu]))
            return f"memory {self.memory} does not go with cpu {self.cpu}: Fargate has {choices}"
        return None


_DEFAULT: Final = ServingDefinition()
