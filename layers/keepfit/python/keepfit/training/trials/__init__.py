"""Trials: one candidate fitted, exported, compared with its export, and evaluated."""
