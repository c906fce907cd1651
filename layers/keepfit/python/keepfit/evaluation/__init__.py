"""Evaluation of outputs against known labels: metrics, bootstrap, curves, by task."""
