"""Definitions of two models of loans, and the head of a serving graph of both, for tests to add nodes to."""

from __future__ import annotations

from typing import Final

LOANS: Final = """
dataset.loans.fields = { amount = { type = "float" }, unpaid = { type = "bool" } }
[model.forest]
dataset = "loans"
label = "unpaid"
inputs = ["amount"]
[model.credit]
dataset = "loans"
label = "unpaid"
inputs = ["amount"]
[model.credit.graph]
answer = "blend"
[model.credit.graph.nodes]
own = { model = "credit" }
"""
