"""Datasets: immutable versions made of parts, and how a part is added while others do the same."""
