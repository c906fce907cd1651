"""Forgetting: takes every row of an entity out of a dataset, its files and their former versions."""
