"""Evaluation: how good outputs are for known labels, in a task's own metrics, and how sure a holdout makes us of it."""
