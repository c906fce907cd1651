"""Measures a request with a text, beside scikit-learn's pipeline for texts: a part of `scripts/bench requests`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from keepfit.features.encoding.matrix import Encoder
from keepfit.features.schema.signature import Column, Signature, to_json
from keepfit.runtime.predict import write
from keepfit.serving.inference.scorer import Scorer
from keepfit.serving.requests.predictor import Predictor
from keepfit.training.encoders.fitting import Targets, fit_encoders
from keepfit.training.recipes.sklearn_onnx import to_onnx
from tests.bench.figures import Comparison
from tests.bench.in_process import best_in_turns

_TEXTS, _WORDS, _LENGTH = 2_000, 4_000, 80
_SIGNATURE = Signature(
    model="spam", label="spam", event_time=None, columns=[Column(name="text", source="input", type="text")]
)


def texts(count: int) -> list[str]:
    """Texts of about 80 characters, of words as frequent as those of a language."""
    random = np.random.default_rng(2)
    letters = np.array(list("etaoinshrdlucmfw"))
    words = ["".join(random.choice(letters, random.integers(2, 10))) for _ in range(_WORDS)]
    shares = 1 / np.arange(2, _WORDS + 2)
    drawn = random.choice(_WORDS, (count, _LENGTH // 6), p=shares / shares.sum())
    return [" ".join(words[place] for place in row)[:_LENGTH].capitalize() + "!" for row in drawn]


def compared(*, rounds: int) -> Comparison:
    """A table of one request with one text."""
    known = texts(_TEXTS)
    labels = np.array(["e" in text.split()[0] for text in known])
    targets = Targets(values=labels[:, None].astype(np.float64), classes=True, seed=0)
    encoders = fit_encoders(_SIGNATURE, {"text": known}, targets)
    matrix = Encoder(encoders.signature).encode({"text": known})
    model = to_onnx(
        make_pipeline(StandardScaler(), LogisticRegression()).fit(matrix, labels), columns=matrix.shape[1]
    )
    vectors = make_union(
        TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5))
    )
    peer = make_pipeline(vectors, LogisticRegression()).fit(known, labels)
    event = {"body": json.dumps({"instances": [{"text": known[7]}]}), "isBase64Encoded": False}
    with Path(os.devnull).open("wb") as nowhere:
        log = partial(write, nowhere.fileno())
        scorer = Scorer.load(model, to_json(encoders.signature))
        predictor = Predictor(scorer=scorer, model="spam", version=1, log=log)
        ways: Mapping[str, Callable[[], object]] = {
            "keepfit": partial(predictor.answer, event),
            "scikit-learn: words, pairs and parts of words": partial(_by_hand, peer, event, log),
        }
        best = best_in_turns(ways, rounds=rounds, seconds=0.003)
    rows = [
        {"way": name, "microseconds": took * 1e6, "times keepfit": took / best["keepfit"]}
        for name, took in best.items()
    ]
    return Comparison(title=f"1 text of {_LENGTH} characters a request, CPU microseconds", rows=rows)


def _by_hand(pipeline: Any, event: Mapping[str, Any], log: Callable[[bytes], object]) -> str:
    sent = json.loads(event["body"])["instances"]
    probabilities = pipeline.predict_proba([instance["text"] for instance in sent])[:, 1].tolist()
    lines = [{"inputs": row, "probability": p} for row, p in zip(sent, probabilities, strict=True)]
    log("".join(f"{json.dumps(line)}\n" for line in lines).encode())
    return json.dumps({"probabilities": probabilities})
