"""The proof of quotas: what was measured is judged as it is."""

from __future__ import annotations

import pytest

from proofs.load import Reply
from proofs.tenants import judged


def turns(seconds: float, *statuses: int) -> list[list[Reply]]:
    return [[Reply(0.0, seconds, status) for status in statuses]] * 2


QUIET = {
    "quiet": turns(0.010, 200, 200),
    "within-a-quota": turns(0.014, 200, 200),
    "without-a-quota": turns(0.050, 200, 200),
}
BUSY = {"within-a-quota": turns(0.02, 200, 429, 429), "without-a-quota": turns(0.1, 200, 200)}


def test_others_that_are_hardly_slower_beside_a_tenant_that_is_refused_hold() -> None:
    proof = judged(QUIET, BUSY)
    assert proof.holds
    assert proof.figures["p99_without_a_quota_to_alone"] == 5.0


@pytest.mark.parametrize(
    ("quiet", "busy"),
    [
        ({"within-a-quota": turns(0.016, 200, 200)}, {}),
        ({"within-a-quota": turns(0.010, 200, 429)}, {}),
        ({}, {"within-a-quota": turns(0.02, 200, 200)}),
        ({}, {"within-a-quota": turns(0.02, *[200] * 100, 429)}),
        ({}, {"within-a-quota": turns(0.02, 200, 429, 500)}),
    ],
    ids=["slower", "refused", "never refused", "too much let through", "failures"],
)
def test_what_a_promise_leaves_out_does_not_hold(
    quiet: dict[str, list[list[Reply]]], busy: dict[str, list[list[Reply]]]
) -> None:
    assert not judged({**QUIET, **quiet}, {**BUSY, **busy}).holds
