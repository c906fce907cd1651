"""Estimation: the performance of a version before any outcome is known."""
