from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from localcloud import alarm_evaluation, dockerfile, filter_pattern


@pytest.mark.parametrize("module", [alarm_evaluation, dockerfile, filter_pattern])
def test_the_examples_of_a_module_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
