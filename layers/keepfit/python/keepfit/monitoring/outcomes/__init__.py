"""Outcomes: what came true of predictions, and how well those did."""
