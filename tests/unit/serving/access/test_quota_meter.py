from __future__ import annotations

from collections import Counter

import pytest

from keepfit.errors import ServiceUnavailable
from keepfit.serving.access.process_quotas import ProcessQuotas
from keepfit.serving.access.quota import Quota
from keepfit.serving.access.quota_meter import LEASE_S, Meter

MIDDAY = 1_764_504_000.0


class Store(ProcessQuotas):
    """Counts how often it was asked, and answers nothing while it is ``gone``."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.gone = 0, False

    def take(self, account: str, requests: int, quota: Quota, at: float) -> float:
        self.asked += 1
        if self.gone:
            raise ServiceUnavailable("no route to host")
        return super().take(account, requests, quota, at)


class Clock:
    now = MIDDAY

    def __call__(self) -> float:
        return self.now


def meters(store: Store, clock: Clock, environments: int) -> list[Meter]:
    return [Meter(store, lambda _reason: None, now=clock) for _ in range(environments)]


@pytest.mark.parametrize("environments", [1, 10])
@pytest.mark.parametrize("quota", [Quota(rate=10, burst=20), Quota(rate=200), Quota(rate=0.2)])
def test_in_the_long_run_a_client_gets_its_rate_and_no_more_whatever_it_sends(
    quota: Quota, environments: int
) -> None:
    store, clock = Store(), Clock()
    several, sent, seconds = meters(store, clock, environments), Counter[bool](), 120
    assert quota.rate is not None
    for tick in range(seconds * 100):
        clock.now = MIDDAY + tick / 100
        for _ in range(5):  # 500 requests a second
            sent[several[tick % environments].wait("acme", quota) == 0] += 1
    allowed = quota.rate * seconds
    # Never more than the quota and the leases of a second; never much less.
    assert sent[True] <= allowed + quota.at_once + quota.rate * LEASE_S
    assert sent[True] >= 0.8 * allowed


def test_a_client_within_its_quota_is_never_refused_and_seldom_looked_up() -> None:
    store, clock = Store(), Clock()
    [meter] = meters(store, clock, 1)
    waits = []
    for tick in range(3000):  # 30 requests a second of 100
        clock.now = MIDDAY + tick / 30
        waits.append(meter.wait("acme", Quota(rate=100, burst=200)))
    assert not any(waits)
    assert store.asked < 3000 / 8


def test_who_is_refused_costs_the_store_nothing_until_it_may_ask_again() -> None:
    store, clock = Store(), Clock()
    [meter] = meters(store, clock, 1)
    quota = Quota(rate=1, burst=1)
    assert meter.wait("acme", quota) == 0
    waits = [meter.wait("acme", quota) for _ in range(1000)]
    assert waits == [pytest.approx(1)] * 1000
    assert store.asked == 2
    clock.now += 1
    assert meter.wait("acme", quota) == 0


def test_a_day_that_is_used_up_is_looked_at_again_as_somebody_may_have_allowed_more() -> None:
    store, clock = Store(), Clock()
    [meter] = meters(store, clock, 1)
    assert [meter.wait("acme", Quota(per_day=1)) > 3600 for _ in range(2)] == [False, True]
    asked = store.asked
    clock.now += 59
    assert meter.wait("acme", Quota(per_day=1)) > 3600
    assert store.asked == asked
    clock.now += 2
    assert meter.wait("acme", Quota(per_day=1)) > 3600
    assert store.asked == asked + 1
    assert meter.wait("acme", Quota(per_day=2)) == 0  # of a token with another quota


def test_what_was_taken_ahead_is_not_kept_for_a_burst_later() -> None:
    store, clock = Store(), Clock()
    several, quota = meters(store, clock, 20), Quota(rate=100, burst=100)
    for _ in range(4):
        for meter in several:
            meter.wait("acme", quota)
    clock.now += 600
    admitted = sum(meter.wait("acme", quota) == 0 for _ in range(50) for meter in several)
    assert admitted <= 100


def test_a_store_that_does_not_answer_lets_requests_through_and_is_left_alone_for_a_while() -> None:
    store, clock, told = Store(), Clock(), list[str]()
    meter = Meter(store, told.append, now=clock)
    store.gone = True
    assert [meter.wait("acme", Quota(rate=1, burst=1)) for _ in range(32)] == [0.0] * 32
    assert (store.asked, told) == (1, ["no route to host"])
    store.gone = False
    clock.now += LEASE_S
    assert [meter.wait("acme", Quota(rate=1, burst=1)) > 0 for _ in range(2)] == [False, True]
