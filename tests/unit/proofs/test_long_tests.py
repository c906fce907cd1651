from __future__ import annotations

from proofs.long_tests import judge

_PASSED = "....\n4 passed, 5 deselected in 61.02s (0:01:01)\n"
_FAILED = """.F
FAILED tests/unit/test_instants.py::test_one - assert 1 == 2
1 failed, 1 passed, 7 deselected in 3.20s
"""


def test_tests_that_pass_are_counted() -> None:
    proof = judge(_PASSED, 0)
    assert proof.holds
    assert proof.claims[0].found == "4 passed, 5 deselected in 61.02s (0:01:01)"


def test_tests_that_fail_are_named() -> None:
    proof = judge(_FAILED, 1)
    assert not proof.holds
    assert proof.details == [{"failed": "tests/unit/test_instants.py::test_one"}]


def test_a_run_that_ends_without_a_summary_does_not_hold() -> None:
    assert not judge("", 3).holds
