"""Aggregates of feature views: what each is of, what it gives, and a state of it that can be merged."""
