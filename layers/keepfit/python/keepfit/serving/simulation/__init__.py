"""Simulated requests to a release: at a rate, counted and timed, and never taken for those of clients."""
