"""Profiles of hours: each counted once from the rows of its hour, and summed to that of a window."""
