"""Offline features: point-in-time values of feature views for the rows of a spine."""
