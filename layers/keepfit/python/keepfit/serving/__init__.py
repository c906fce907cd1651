"""Serving: the request path, and how a release reaches it."""
