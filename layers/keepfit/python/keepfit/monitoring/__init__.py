"""Monitoring: profiles of what a model sees, and how far they moved."""
