"""Segments: a model of its own for each value of a column that has enough rows and surely gains by it."""
