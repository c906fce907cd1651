"""Runs: which triggers start one, how often, how it ends, and what the registry remembers of it."""
