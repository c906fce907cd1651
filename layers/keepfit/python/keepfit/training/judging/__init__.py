"""Judging: which candidate may serve, measured beside the champion on the same rows."""
