"""Drift: how far a window moved from the reference; a file a statistic, a line each in ``registry``."""
