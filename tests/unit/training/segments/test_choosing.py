"""A segment keeps a model of its own only where that surely loses less, and luck does not count as skill."""

from __future__ import annotations

import numpy as np

from keepfit.training.segments.choosing import SegmentLosses, choose, choose_unseen


def losses(
    gains: list[float], rows: int | list[int], *, noise: float = 1.0, seed: int = 0
) -> list[SegmentLosses]:
    """Segments whose own model loses so much less per row, on the mean."""
    random = np.random.default_rng(seed)
    sizes = rows if isinstance(rows, list) else [rows] * len(gains)
    made, start = [], 0
    for gain, count in zip(gains, sizes, strict=True):
        fallback = np.full(count, 2.0)
        own = fallback - random.normal(gain, noise, count)
        made.append(
            SegmentLosses(
                asked=np.arange(start, start + count), fallback=fallback, own={"a": own, "worse": own + 1}
            )
        )
        start += count
    return made


def test_real_gains_are_kept_and_losses_are_not() -> None:
    chosen = choose(losses([0.5] * 20 + [-0.5] * 20, 100))
    assert [choice.candidate for choice in chosen] == ["a"] * 20 + [None] * 20
    assert all(choice.shrunken < choice.gain for choice in chosen[:20])


def test_where_all_is_chance_hardly_any_of_hundreds_of_segments_keeps_a_model() -> None:
    kept = [choice.candidate for choice in choose(losses([0.0] * 300, 40))]
    assert sum(name is not None for name in kept) < 15


def test_the_same_gain_counts_for_less_on_fewer_rows() -> None:
    segments = losses([0.6] * 10 + [0.0] * 200, [200] * 10 + [40] * 200)
    large, small = losses([0.3], 2_000, seed=1), losses([0.3], 25, seed=1)
    certainties = [choice.certainty for choice in choose([*segments, *large, *small])][-2:]
    assert certainties[0] > 0.99 > certainties[1]


def test_what_a_choice_is_worth_is_measured_on_rows_that_it_has_not_seen() -> None:
    segments = losses([0.0] * 300, 40, noise=3.0, seed=3)
    by_all = sum(
        float((each.fallback - each.own["a"]).sum())
        for each, choice in zip(segments, choose(segments), strict=True)
        if choice.candidate
    )
    unseen = choose_unseen(segments, seed=0)
    honest = [
        gain
        for each, names in zip(segments, unseen, strict=True)
        for gain, name in zip((each.fallback - each.own["a"]).tolist(), names, strict=True)
        if name
    ]
    # The lucky ones look good to who chose them, and are no better than others to who did not.
    assert by_all >= 0
    assert sum(honest) < by_all + 1
    assert not honest or abs(np.mean(honest)) < 3 * 3.0 / np.sqrt(len(honest))


def test_the_same_rows_and_seed_give_the_same_choice() -> None:
    segments = losses([0.2] * 30, 50)
    assert choose_unseen(segments, seed=4) == choose_unseen(segments, seed=4)
    assert choose([]) == []
