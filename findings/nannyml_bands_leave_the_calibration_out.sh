#!/bin/sh
# nannyml 0.13.1: the confidence band around an estimated ROC AUC knows how outcomes scatter, and not how unsure the calibration is.
#
# CBPE estimates metrics without outcomes by probabilities that it calibrates on reference data. Its band is three standard
# errors wide on both sides, for which the guess was that it holds the realised metric in nearly every chunk. Where the reference
# has 1,000 rows and inputs move, but the labels keep depending on them as before, it misses more often than one in
# twenty: the calibration
# is one more thing that is unsure. (It needs statsmodels, which it does not require, and reports its usage unless told not to.)
# Seen on 2026-11-30 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet nannyml==0.13.1 statsmodels==0.15.0
cd "$folder"
NML_DISABLE_USAGE_LOGGING=1 "$folder/venv/bin/python" -W ignore - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from nannyml import CBPE
from sklearn.metrics import roc_auc_score

REFERENCES, CHUNKS, ROWS = 5, 12, 2_000


def rows(random, count, shift=0.0):
    """Labels, and answers that rank them well and claim too much."""
    logits = random.normal(shift - 1, 1.2, count)
    true = random.random(count) < 1 / (1 + np.exp(-logits))
    claimed = 1 / (1 + np.exp(-(1.7 * logits + 0.5)))
    return pd.DataFrame({"true": true.astype(int), "claimed": claimed, "decided": (claimed >= 0.5).astype(int)})


held = []
for seed in range(REFERENCES):
    random = np.random.default_rng(seed)
    estimator = CBPE(
        y_pred_proba="claimed", y_pred="decided", y_true="true", metrics=["roc_auc"],
        problem_type="classification_binary", chunk_size=ROWS,
    ).fit(rows(random, 1_000))
    chunks = [rows(random, ROWS, random.normal(0, 0.7)) for _ in range(CHUNKS)]
    found = estimator.estimate(pd.concat(chunks, ignore_index=True).drop(columns="true"))
    found = found.filter(period="analysis").to_df()["roc_auc"]
    realised = [roc_auc_score(chunk["true"], chunk["claimed"]) for chunk in chunks]
    low, high = (found[f"{side}_confidence_boundary"].to_numpy() for side in ("lower", "upper"))
    held += ((low <= realised) & (realised <= high)).tolist()
share = float(np.mean(held))
print(f"nannyml {version('nannyml')}, numpy {version('numpy')}, pandas {version('pandas')}")
print(f"bands of three standard errors held the realised ROC AUC in {sum(held)} of {len(held)} chunks, {share:.0%}")
sys.exit(share > 0.95)
PY
