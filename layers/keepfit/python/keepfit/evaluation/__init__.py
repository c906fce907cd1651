"""Evaluation: how well scores rank, how true their odds are, and how alike two models answer."""
