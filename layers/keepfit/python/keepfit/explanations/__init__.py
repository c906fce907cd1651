"""Explanations: the contributions of columns to the score of a row."""
