"""The definition of a model's release: canary share, baking times, requests, limits."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from keepfit.instants import Duration

Strategy = Literal["canary", "at_once"]
Approval = Literal["none", "required"]


class ReleaseDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The release of a challenger: by a canary, or a replay where clients ask too little, or at once."""

    strategy: Annotated[
        Strategy,
        Meta(
            description="`canary` lets the challenger answer a share of the requests first; `at_once` lets it answer "
            "all of them as soon as it has passed its system tests"
        ),
    ] = "canary"
    on_deployment: Annotated[
        bool,
        Meta(
            description="whether what serves is packaged anew after a deployment of its stack, with the handler and "
            "layers that were deployed, and released so"
        ),
    ] = True
    approval: Annotated[
        Approval,
        Meta(
            description="`required`: a challenger that has passed its system tests waits until a person lets it serve; "
            "a new package of what serves, after a deployment, does not"
        ),
    ] = "none"
    approval_period: Annotated[
        Duration,
        Meta(description="how long it waits; then the champion stays, and another run may begin"),
    ] = Duration.parse("7d")
    second_person: Annotated[
        bool,
        Meta(description="whether who asked for the run may not be who approves what came of it"),
    ] = False
    shadow: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="before its canary, a challenger is asked copies of this share of the requests that clients "
            "sent during one more `baking_period`, up to 200; no client waits for it or sees an answer; 0 for none",
        ),
    ] = 0.0
    canary: Annotated[
        float,
        Meta(
            gt=0,
            le=1,
            description="the share of requests that the challenger answers while it bakes, below 1: the champion keeps "
            "its place until the verdict",
        ),
    ] = 0.1
    baking_period: Annotated[Duration, Meta(description="how long it must prove itself at least")] = (
        Duration.parse("5m")
    )
    evaluation_period: Annotated[Duration, Meta(description="how often it is looked at")] = Duration.parse(
        "1m"
    )
    baking_limit: Annotated[
        Duration,
        Meta(
            description="without enough requests by then a replay decides: champion and challenger are asked the last "
            "logged requests anew, and rows of the holdout where those are too few; with `evaluation_period` at most "
            "`14d`, and at most about 2,300 looks"
        ),
    ] = Duration.parse("6h")
    minimum_requests: Annotated[int, Meta(ge=1, description="so many requests it must have answered")] = 100
    max_failure_share: Annotated[
        float,
        Meta(ge=0, le=1, description="a larger share of failed requests rolls it back at the next look"),
    ] = 0.01
    max_slowdown: Annotated[
        float,
        Meta(
            gt=0,
            description="a challenger that takes so many times as long as the champion (median, and 50 ms more) is "
            "rolled back, by its canary or a replay",
        ),
    ] = 3.0
    max_changed_share: Annotated[
        float,
        Meta(ge=0, le=1, description="so does one that decides otherwise for a larger share of the replay"),
    ] = 0.5
    max_score_shift: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="a canary that is to be promoted is rolled back where the distribution of its scores (of "
            "classes: the share of one) is certainly further from the champion's on the same traffic",
        ),
    ] = 0.5
    keep_versions: Annotated[
        int,
        Meta(
            ge=2,
            le=1000,
            description="so many of the newest packages stay at Lambda, besides what serves and what served before it",
        ),
    ] = 10

    @property
    def needs_approval(self) -> bool:
        return self.approval == "required"

    @property
    def longest(self) -> Duration:
        """How long a challenger may be on trial: until it is approved, as a shadow, and in its canary."""
        shadow = self.baking_period.seconds if self.shadow else 0
        approval = self.approval_period.seconds if self.needs_approval else 0
        return Duration(self.baking_limit.seconds + shadow + approval)
