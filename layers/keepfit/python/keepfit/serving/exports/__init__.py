"""Versions as other tools take them."""
