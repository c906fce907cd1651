"""Trials: one candidate fitted, exported, compared with its export, and measured on the holdout."""
