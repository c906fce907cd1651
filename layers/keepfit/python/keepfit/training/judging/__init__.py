"""Judging: the candidate that may serve, measured against the champion on the same rows."""
