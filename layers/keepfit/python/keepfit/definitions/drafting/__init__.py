"""Drafting: writes the definition of a dataset and its model from a table and the name of its label."""
