"""LightGBM runs where the system has no OpenMP library."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from keepfit.training.recipes.openmp import bundled

_TRAINED = """
from keepfit.training.recipes import openmp
openmp.load_as_openmp(openmp.bundled()[0])
import lightgbm, numpy
rows = numpy.arange(200.0).reshape(-1, 1)
booster = lightgbm.train({"verbosity": -1, "num_threads": 2}, lightgbm.Dataset(rows, rows[:, 0]), 5)
print(booster.current_iteration())
for line in open("/proc/self/maps"):
    assert "/libgomp.so.1" not in line, line
"""


@pytest.mark.skipif(not bundled(), reason="the wheel of scikit-learn brings a library on Linux only")
def test_what_scikit_learn_brings_stands_in_for_what_the_system_lacks() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run(
        [sys.executable, "-c", _TRAINED], env=environment, capture_output=True, text=True, check=False
    )
    assert (ran.stdout, ran.stderr) == ("5\n", "")
