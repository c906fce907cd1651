#!/bin/sh
# LightGBM 4.7.0 predicts otherwise than its own tree says for numbers of up to 1e-35: it takes them for 0.
#
# The threshold between negative numbers and 0 is written as -1.0000000180025095e-35 (the float32 of -1e-35), and a row
# goes left where it is "<=" that. A row of exactly this number goes right: `predict` sets all that is as small to 0
# before it walks the tree, and `dump_model` and the text form do not say so. A tree that is walked elsewhere has to have
# its thresholds in that range moved to the range's ends. Seen on 2026-11-29 with Python 3.11, x86_64.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet lightgbm==4.7.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys

import lightgbm
import numpy as np

rows = np.repeat([[-1.0], [0.0], [1.0]], 200, axis=0)
labels = np.repeat([0.0, 5.0, 9.0], 200)
parameters = {"verbosity": -1, "num_leaves": 3, "learning_rate": 1.0, "num_threads": 1}
model = lightgbm.train(parameters, lightgbm.Dataset(rows, labels), 1)


def walked(node, value):
    """The leaf's value by the tree as it is dumped."""
    while "threshold" in node:
        node = node["left_child"] if value <= node["threshold"] else node["right_child"]
    return node["leaf_value"]


root = model.dump_model()["tree_info"][0]["tree_structure"]
value = -float(np.float32(1e-35))
by_tree, predicted = walked(root, value), float(model.predict([[value]])[0])
print(f"lightgbm {lightgbm.__version__}: for {value!r} the tree says {by_tree:.3f}, and predict {predicted:.3f}")
sys.exit(0 if abs(by_tree - predicted) > 1 else 1)
PY
