"""Datasets: immutable versions made of parts, with a safe way to append concurrently."""
