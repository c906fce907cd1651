"""Names for predictions that nobody can guess."""

from __future__ import annotations

import re

from keepfit.serving.requests.prediction_ids import PredictionIds


def test_no_id_is_given_out_twice_however_many_are_taken_at_a_time() -> None:
    ids = PredictionIds()
    taken = [identity for count in (1, 1, 255, 300, 1, 10_000, 3) for identity in ids.take(count)]
    assert len(set(taken)) == len(taken) == 10_561


def test_as_many_are_taken_as_asked_for_and_each_is_128_bits_in_hex() -> None:
    ids = PredictionIds()
    for count in (1, 2, 256, 257, 1):
        taken = ids.take(count)
        assert len(taken) == count
        assert all(re.fullmatch(r"[0-9a-f]{32}", identity) for identity in taken)


def test_every_bit_of_an_id_is_random() -> None:
    numbers = [int(identity, 16) for identity in PredictionIds().take(2000)]
    ones = [sum(number >> bit & 1 for number in numbers) for bit in range(128)]
    assert 800 < min(ones) <= max(ones) < 1200
