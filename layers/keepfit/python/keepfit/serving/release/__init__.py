"""Releases: packages of versions, golden requests, canaries, and moves of the alias."""
