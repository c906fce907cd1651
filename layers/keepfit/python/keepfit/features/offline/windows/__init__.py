"""Aggregates of sliding windows as of the moments of a spine's rows."""
