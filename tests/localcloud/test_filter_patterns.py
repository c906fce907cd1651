from __future__ import annotations

import json

import pytest

from localcloud.errors import LocalCloudError
from localcloud.filter_pattern import compile_pattern

PREDICTION = json.dumps(
    {"kind": "prediction", "score": 0.7, "inputs": {"carrier": "AA"}, "tags": ["x"], "label": None}
)


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ('{ $.kind = "prediction" }', True),
        ("{$.kind=prediction}", True),
        ('{ $.kind = "golden" }', False),
        ('{ $.kind = "pred*" }', True),
        ('{ $.kind != "golden" }', True),
        ('{ $.absent != "golden" }', False),
        ("{ $.score >= 0.7 }", True),
        ("{ $.score < 0.7 }", False),
        ('{ ($.kind = "golden") || ($.inputs.carrier = "AA") }', True),
        ('{ $.kind = "prediction" && $.inputs.carrier = "UA" }', False),
        ('{ $.tags[0] = "x" }', True),
        ("{ $.label IS NULL }", True),
        ("{ $.absent NOT EXISTS }", True),
        ("{ $.absent IS NULL }", False),
        ("", True),
        ("prediction", True),
        ("prediction golden", False),
        ("?prediction ?golden", True),
        ("prediction -carrier", False),
        ('"\\"kind\\": \\"prediction\\""', True),
    ],
)
def test_a_pattern_selects_what_it_selects_on_aws(pattern: str, passes: bool) -> None:
    assert compile_pattern(pattern)(PREDICTION) is passes


def test_a_json_pattern_passes_over_what_is_not_json() -> None:
    matches = compile_pattern('{ $.kind = "prediction" }')
    assert not matches("START RequestId: prediction")
    assert not matches('{"kind": "prediction"')


@pytest.mark.parametrize(
    "pattern", ["{ $.a }", "{ $.a = 1", "[ip, user]", "%regex%", '{ $.a > "text" }', "{ ($.a = 1 }"]
)
def test_a_pattern_that_would_be_misread_is_refused(pattern: str) -> None:
    with pytest.raises(LocalCloudError):
        compile_pattern(pattern)
