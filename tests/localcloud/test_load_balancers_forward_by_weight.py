from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from ministack.services import alb

from localcloud.overlay import load_balancing

_BLUE, _GREEN = (
    "arn:aws:elasticloadbalancing:r:a:targetgroup/b/1",
    "arn:aws:elasticloadbalancing:r:a:targetgroup/g/2",
)


def rule(blue: int, green: int) -> dict[str, Any]:
    """An action as a client of ELBv2 writes it, read as the emulator reads it."""
    prefix = "Actions.member.1"
    groups = f"{prefix}.ForwardConfig.TargetGroups.member"
    params = {
        f"{prefix}.Type": ["forward"],
        f"{groups}.1.TargetGroupArn": [_BLUE],
        f"{groups}.1.Weight": [str(blue)],
        f"{groups}.2.TargetGroupArn": [_GREEN],
        f"{groups}.2.Weight": [str(green)],
    }
    [action] = load_balancing._with_weights(alb._parse_actions)(params, "Actions")
    return dict(action)


def forwarded(action: dict[str, Any], requests: int) -> Counter[str]:
    asked: Counter[str] = Counter()

    async def execute(chosen: dict[str, Any], *_: Any) -> None:
        asked[chosen["TargetGroupArn"]] += 1

    async def ask() -> None:
        for _ in range(requests):
            await load_balancing._by_weight(execute)(action)

    asyncio.run(ask())
    return asked


def test_requests_are_shared_by_weight() -> None:
    asked = forwarded(rule(900, 100), 2000)
    # By chance alone one in a million would be further away.
    assert abs(asked[_GREEN] - 200) < 70
    assert asked[_BLUE] + asked[_GREEN] == 2000


def test_a_weight_of_zero_gets_no_request() -> None:
    assert forwarded(rule(0, 999), 200) == {_GREEN: 200}


def test_the_weights_of_a_rule_are_told_as_they_were_set() -> None:
    told = load_balancing._telling_weights(alb._action_xml)(rule(900, 100))
    for group, weight in ((_BLUE, 900), (_GREEN, 100)):
        assert f"<TargetGroupArn>{group}</TargetGroupArn><Weight>{weight}</Weight>" in told


def test_a_refusal_with_markup_in_it_is_told_as_text() -> None:
    refusal = {"Type": "fixed-response", "FixedResponseConfig": {"MessageBody": "a < b & c"}}
    assert "a &lt; b &amp; c" in load_balancing._telling_weights(alb._action_xml)(refusal)


def test_a_request_is_about_the_rule_that_it_names() -> None:
    arn = "arn:aws:elasticloadbalancing:r:a:listener-rule/app/b/1/2/3"
    extract = load_balancing._about_rules(lambda *_: "*")
    assert extract("elasticloadbalancing", "POST", "/", {}, b"", {"RuleArn": [arn]}, "r", "a") == arn
    assert extract("elasticloadbalancing", "POST", "/", {}, b"", {}, "r", "a") == "*"
