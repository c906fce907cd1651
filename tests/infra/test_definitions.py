"""What a definition says of time becomes what EventBridge keeps; what it could not keep is refused before."""

from __future__ import annotations

from infra.constructs.schedule import every
from keepfit.instants import Duration


def test_a_whole_minute_is_a_schedule() -> None:
    assert every(Duration.parse("1m")).expression_string == "rate(1 minute)"
    assert every(Duration.parse("2d")).expression_string == "rate(2 days)"
