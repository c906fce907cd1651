"""Metrics: one figure for a model's outputs against known labels, and its resampled values."""
