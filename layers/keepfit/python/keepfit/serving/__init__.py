"""Serving: the request path, and the releases that reach it."""
