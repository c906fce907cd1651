"""Drift statistics of a window against the reference: one file each, listed in ``registry``."""
