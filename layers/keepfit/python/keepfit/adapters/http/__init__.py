"""Adapters to AWS by plain HTTPS, for functions that answer clients and must not load an SDK."""
