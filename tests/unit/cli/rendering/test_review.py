from __future__ import annotations

from typing import Any

from cli.rendering.review import review_markdown

CHANGES: dict[str, Any] = {"since": "a" * 40, "files": ["x"], "models": [], "removed": [], "stacks": False}


def test_a_change_of_nothing_is_told_so() -> None:
    made = review_markdown({"changes": CHANGES, "trainings": [], "templates": None})
    assert "1 files changed since `aaaaaaaaaaaa`." in made
    assert "No model is concerned." in made
    assert made.endswith("Templates are the same.\n")


def test_what_was_trained_and_which_resources_differ_are_rows_of_tables() -> None:
    training = {"model": "m", "outcome": "released", "why": "roc_auc 0.9 | of\n2", "because": ["it is new"]}
    resources = [
        ("A", "Lambda::Function", "added"),
        ("B", "Lambda::Function", "added"),
        ("C", "IAM::Policy", "changed"),
    ]
    changes = [
        {"stack": "keepfit-m", "resource": name, "type": f"AWS::{type_}", "kind": kind}
        for name, type_, kind in resources
    ]
    templates = {"changes": changes, "idle_before": 0.5, "idle_after": 0.6, "price_date": "2026-11-30"}
    made = review_markdown(
        {"changes": {**CHANGES, "removed": ["old"]}, "trainings": [training], "templates": templates}
    )
    assert "| m | released | roc_auc 0.9 \\| of 2 | it is new |" in made
    assert "| keepfit-m | 2 Lambda::Function | - | IAM::Policy |" in made
    assert "No longer defined: old." in made
    assert "cost $0.60 a month at idle by the list of 2026-11-30, +0.10" in made
