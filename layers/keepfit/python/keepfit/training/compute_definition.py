"""The definition of what candidates train on: Lambda for little data, Fargate for more, spot or not."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

ComputeName = Literal["lambda", "fargate"]
LAMBDA: Final[ComputeName] = "lambda"
FARGATE: Final[ComputeName] = "fargate"


class ComputeDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What runs the training image."""

    on: Annotated[
        Literal["auto", "lambda", "fargate"],
        Meta(
            description="`auto`: Lambda for little data, which starts at once, else Fargate; `lambda`: Lambda for any. "
            "What Lambda cannot finish in its 15 minutes and 3 GB begins again on Fargate by itself"
        ),
    ] = "auto"
    max_lambda_values: Annotated[
        int,
        Meta(ge=1, description="of more values, training rows times columns, `auto` trains on Fargate"),
    ] = 5_000_000
    spot: Annotated[
        bool,
        Meta(
            description="Fargate takes spot capacity, at about a third of the price: what it interrupts is tried there "
            "once more, and then on demand"
        ),
    ] = False
