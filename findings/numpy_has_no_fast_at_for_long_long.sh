#!/bin/sh
# numpy 2.4.6 is about twenty times slower in ufunc.at on 64-bit integers that come from an Arrow buffer than on its own int64.
#
# A buffer of nanoarrow 0.9.0 says that it holds C's "long long" (format "q"). numpy's int64 is C's "long" on Linux. Both
# are called int64, compare equal and have the same bytes, but the fast path of np.maximum.at asks for the very same type
# number. `array.view(array.dtype.str)` makes it numpy's own without a copy. Seen on 2026-11-27 with Python 3.11, x86_64.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet numpy==2.4.6 nanoarrow==0.9.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
import timeit

import nanoarrow as na
import numpy as np

rows = 200_000
arrow = na.Array(np.arange(rows, dtype=np.int64), na.int64())
values = np.asarray(arrow.buffers[1])
own = values.view(values.dtype.str)
places = np.random.default_rng(0).integers(0, rows, rows)
best = np.zeros(rows, np.int64)


def took(given):
    return min(timeit.repeat(lambda: np.maximum.at(best, places, given), number=3, repeat=5)) / 3


slow, fast = took(values), took(own)
print(f"numpy {np.__version__}, nanoarrow {na.__version__}")
print(f"dtype of both: {values.dtype} == {own.dtype}: {values.dtype == own.dtype}; characters {values.dtype.char!r}, {own.dtype.char!r}")
print(f"np.maximum.at of {rows:,}: {slow * 1e3:.2f} ms as it comes, {fast * 1e3:.2f} ms as numpy's own, {slow / fast:.1f} times")
sys.exit(0 if values.dtype == own.dtype and slow > 3 * fast else 1)
PY
