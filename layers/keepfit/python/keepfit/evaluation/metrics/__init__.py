"""Metrics: one figure of how good a model's outputs are for known labels, with what resampling makes of it."""
