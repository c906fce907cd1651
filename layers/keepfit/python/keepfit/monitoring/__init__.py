"""Monitoring: profiles of a model's inputs and scores, and their drift."""
