"""Composition roots: one per capability, so that each function imports only what it needs."""
