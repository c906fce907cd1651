"""Calibration: makes a model's probabilities true odds, within the exported graph."""
